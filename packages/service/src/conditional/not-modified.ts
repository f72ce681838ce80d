import type { FastifyInstance } from 'fastify';

/**
 * Answers 304 without a body where the client has what it asks for:
 * https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2
 */
export function answerNotModified(server: FastifyInstance): void {
  server.addHook('onSend', (request, reply, payload, done) => {
    const tag = reply.getHeader('etag');
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (typeof tag !== 'string' || !isRead || reply.statusCode !== 200) return done(null, payload);
    if (!matches(request.headers['if-none-match'], tag)) return done(null, payload);
    reply.code(304).removeHeader('content-type').removeHeader('content-length');
    // Not '': Fastify would count it, and a length of 0 is not that of the answer that the client has.
    done(null, null);
  });
}

/** Weakly, as If-None-Match is to be compared. */
function matches(header: string | undefined, tag: string): boolean {
  const tags = header?.split(',').map((each) => each.trim().replace(/^W\//, '')) ?? [];
  return tags.includes('*') || tags.includes(tag);
}
