import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/**
 * The caller's x-request-id, else a new one. Taken are the characters that ids are made of elsewhere (UUIDs, ULIDs,
 * base64, AWS's `Root=1-67891233-abc…`, `host:port/1`), and none that means something in a header, a query, HTML or a
 * shell.
 */
export function requestIdOf(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && /^[\w.:=+/@~-]{8,128}$/.test(given) ? given : randomUUID();
}
