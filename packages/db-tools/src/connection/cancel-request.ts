import { once } from 'node:events';
import { openSocket } from './socket.ts';
import type { ConnectionTarget } from './url.ts';

/** What the server announced when the connection was made; with it anybody can cancel what the connection runs. */
export interface CancelKey {
  pid: number;
  secret: number;
}

const PATIENCE_MS = 2000;

/**
 * Asks the server to end what the connection with this key runs. It needs neither a login nor a free connection slot,
 * and a pooler passes it on to the server process that works for that connection at the moment, or to none. Resolves
 * when it is delivered, or was not within two seconds; whether it came in time, only the statement tells.
 * https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-CANCELING-REQUESTS
 */
export async function requestCancel(target: ConnectionTarget, { pid, secret }: CancelKey): Promise<void> {
  const message = Buffer.alloc(16);
  message.writeInt32BE(16, 0);
  message.writeInt32BE(80_877_102, 4);
  message.writeUInt32BE(pid, 8);
  message.writeUInt32BE(secret, 12);
  try {
    const socket = await openSocket(target, PATIENCE_MS);
    socket.on('error', () => {});
    socket.setTimeout(PATIENCE_MS, () => socket.destroy());
    socket.resume();
    socket.write(message);
    // The other side closes it when it is done; PgBouncer drops the request of one that is half closed.
    await once(socket, 'close');
  } catch {
    // The next one may get through.
  }
}
