import net from 'node:net';

/**
 * Asks the server to stop what a connection runs, without waiting for it; a lost request does no harm. Over a
 * connection of its own and in the clear, as the protocol has it:
 * https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-CANCELING-REQUESTS. Poolers pass it on.
 */
export function requestCancel(
  { host, port }: { host: string; port: number },
  { pid, secret }: { pid: number; secret: number },
): void {
  const message = Buffer.alloc(16);
  message.writeInt32BE(16, 0);
  message.writeInt32BE(80_877_102, 4);
  message.writeUInt32BE(pid, 8);
  message.writeUInt32BE(secret, 12);
  const socket = net.connect({ host, port });
  socket.on('error', () => {});
  socket.setTimeout(5_000, () => socket.destroy());
  // The other side closes it when it is done; PgBouncer drops the request of one that is half closed.
  socket.write(message);
  socket.resume();
}
