import net from 'node:net';
import tls from 'node:tls';
import { tlsOptions } from './tls.ts';
import type { ConnectionTarget } from './url.ts';

const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

/**
 * A connection to the server on which nothing was said yet, encrypted where the URL wants it. Rejects with what the
 * network says (`ECONNREFUSED`, …), or `CONNECT_TIMEOUT` after `milliseconds`. The negotiation:
 * https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL
 */
export async function openSocket(target: ConnectionTarget, milliseconds: number): Promise<net.Socket> {
  const ssl = tlsOptions(target);
  const socket = net.connect({ host: target.host, port: target.port });
  const timer = setTimeout(() => socket.destroy(networkError('CONNECT_TIMEOUT', target)), milliseconds);
  try {
    await arrival(socket, 'connect');
    return ssl ? await encrypt(socket, ssl) : socket;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function encrypt(socket: net.Socket, options: tls.ConnectionOptions): Promise<tls.TLSSocket> {
  socket.write(SSL_REQUEST);
  const answer = await arrival<Buffer>(socket, 'data');
  // More than the one letter came from someone in between (CVE-2021-23222).
  if (answer.length !== 1 || answer[0] !== 83) {
    throw Object.assign(new Error('it speaks no TLS'), { code: 'ERR_TLS_REFUSED' });
  }
  const encrypted = tls.connect({ ...options, socket });
  await arrival(encrypted, 'secureConnect');
  return encrypted;
}

function arrival<Value>(socket: net.Socket, event: string): Promise<Value> {
  return new Promise((resolve, reject) => {
    const forget = () => {
      socket.off(event, arrived).off('error', failed).off('close', closed);
    };
    const arrived = (value: Value) => {
      forget();
      resolve(value);
    };
    const failed = (error: Error) => {
      forget();
      // Its end may bring another.
      socket.on('error', () => {});
      reject(error);
    };
    const closed = () =>
      failed(Object.assign(new Error('the connection was closed before it was made'), { code: 'ECONNRESET' }));
    socket.once(event, arrived).once('error', failed).once('close', closed);
  });
}

function networkError(code: string, { host, port }: ConnectionTarget): Error {
  return Object.assign(new Error(`${code} ${host}:${port}`), { code });
}
