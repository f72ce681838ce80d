import { isUtf8 } from 'node:buffer';
import type { FastifyInstance } from 'fastify';
import { DomainError, ValidationError } from '../errors/domain-error.ts';
import { isStorableText } from '../validation/text.ts';

/** Levels of arrays and objects inside each other. */
const MAX_DEPTH = 32;

/**
 * Takes JSON in UTF-8 and nothing else (415). An empty body is no body, so that a DELETE may carry a content type.
 * `__proto__` and `constructor.prototype` are refused by Fastify's own parser, the rest by checkJson.
 */
export function acceptJsonOnly(server: FastifyInstance): void {
  const parseJson = server.getDefaultJsonParser('error', 'error');
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    if (body.length === 0) return done(null, undefined);
    // Not unpacked: a few bytes would become any number.
    const encoding = request.headers['content-encoding'] || 'identity';
    if (encoding.toLowerCase() !== 'identity')
      return done(new DomainError('unsupported_media_type', 'Send the body as it is, without Content-Encoding.'));
    const charset = /;\s*charset="?([^;"\s]+)/i.exec(request.headers['content-type'] ?? '')?.[1] ?? 'utf-8';
    if (!/^utf-?8$/i.test(charset))
      return done(new DomainError('unsupported_media_type', `Send the body in UTF-8, not in ${charset.slice(0, 20)}.`));
    if (!isUtf8(body)) return done(new DomainError('invalid_json', 'The body is not valid UTF-8.'));
    parseJson(request, body.toString(), (error, value) => done(error ? notJson() : checkJson(value), value));
  });
}

/** Whether the grammar is broken or a prototype is being set: told alike, since nothing honest sends the second. */
function notJson(): DomainError {
  return new DomainError('invalid_json', 'The body is not valid JSON.');
}

/**
 * The mistake that JSON can carry past its own grammar: nesting that exhausts a stack, text that PostgreSQL refuses.
 */
function checkJson(root: unknown): Error | null {
  const stack = [{ value: root, pointer: '', depth: 0 }];
  for (let entry = stack.pop(); entry; entry = stack.pop()) {
    const { value, pointer, depth } = entry;
    if (typeof value === 'string' && !isStorableText(value)) {
      return new ValidationError([{ pointer, detail: 'must not contain NUL or half a surrogate pair' }]);
    }
    if (typeof value !== 'object' || value === null) continue;
    if (depth >= MAX_DEPTH)
      return new ValidationError([{ pointer: '', detail: `must not be nested deeper than ${MAX_DEPTH} levels` }]);
    for (const [key, child] of Object.entries(value)) {
      if (!isStorableText(key))
        return new ValidationError([{ pointer, detail: 'has a name with NUL or half a surrogate pair' }]);
      stack.push({ value: child, pointer: `${pointer}/${escapePointer(key)}`, depth: depth + 1 });
    }
  }
  return null;
}

/** https://www.rfc-editor.org/rfc/rfc6901#section-3 */
export function escapePointer(segment: string): string {
  return segment.replaceAll('~', '~0').replaceAll('/', '~1');
}
