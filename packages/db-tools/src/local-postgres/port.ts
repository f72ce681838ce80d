import net from 'node:net';
import { DbError } from '../errors.ts';

/** Below the ephemeral range of Linux (32768–60999), where any outgoing connection may sit on a port. */
const FIRST_PORT = 25432;
const LAST_PORT = 32767;

/**
 * Ports of 127.0.0.1 on which nothing listens at this moment, the preferred ones first, then from `from` upward.
 * Another process may be quicker: a caller that fails to listen takes the next. Throws a DbError `no_free_port` at the
 * end.
 */
export async function* freePorts(preferred: number[], from = FIRST_PORT): AsyncGenerator<number, never> {
  for (const port of preferred) if (await isFree(port)) yield port;
  for (let port = from; port <= LAST_PORT; port++) if (!preferred.includes(port) && (await isFree(port))) yield port;
  throw new DbError('no_free_port', `Every port from ${from} to ${LAST_PORT} of 127.0.0.1 is taken.`, {
    hint: 'Stop local servers that are not needed any more (pnpm db stop in their clones), or set DATABASE_URL',
  });
}

/**
 * Whether a PostgreSQL serves this port: it answers SSLRequest (8 bytes) with one byte, even when it would refuse the
 * login. A process that was just killed or is frozen still has its connections accepted, by the kernel.
 */
export function answers(port: number, milliseconds = 2000): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: '127.0.0.1', timeout: milliseconds });
    const answer = (value: boolean) => {
      socket.destroy();
      resolve(value);
    };
    socket.once('connect', () => socket.write(Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f])));
    socket.once('data', () => answer(true));
    for (const event of ['timeout', 'error', 'close']) socket.once(event, () => answer(false));
  });
}

/** Asked by connecting: on macOS one can bind 127.0.0.1 beside a server that listens on 0.0.0.0, and take its place. */
function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: '127.0.0.1', timeout: 1000 });
    const answer = (value: boolean) => {
      socket.destroy();
      resolve(value);
    };
    socket.once('connect', () => answer(false));
    // A listener whose queue is full does not answer.
    socket.once('timeout', () => answer(false));
    socket.once('error', () => answer(true));
  });
}
