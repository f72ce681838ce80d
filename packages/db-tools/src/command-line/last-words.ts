import type { Socket } from 'node:net';

/**
 * Listens for the message with which a server ends a connection ("terminating connection due to administrator
 * command"), which postgres.js (3.4.9) forgets when the connection closes right behind it. Returns what gives it: an
 * Error with its SQLSTATE as `code`.
 */
export function lastWords(socket: Socket): () => Error | undefined {
  let last: Buffer | undefined;
  socket.on('data', (chunk: Buffer) => {
    last = chunk;
  });
  return () => {
    if (last === undefined) return undefined;
    const fields = findErrorAtEnd(last);
    if (fields?.V !== 'FATAL' && fields?.V !== 'PANIC') return undefined;
    return Object.assign(new Error(fields.M), { code: fields.C, severity: fields.V });
  };
}

/**
 * The fields of the ErrorResponse that the bytes end with: `E`, its length without the `E`, then one letter and text
 * for each.
 */
function findErrorAtEnd(bytes: Buffer): Record<string, string> | undefined {
  for (let at = bytes.indexOf('E'); at !== -1 && at + 5 < bytes.length; at = bytes.indexOf('E', at + 1)) {
    if (bytes.readUInt32BE(at + 1) !== bytes.length - at - 1) continue;
    const fields = bytes.toString('utf8', at + 5, bytes.length - 2).split('\0');
    return Object.fromEntries(fields.map((field) => [field[0], field.slice(1)]));
  }
  return undefined;
}
