/** What scripts of these origins, and of no others, may send and read. No cookies: a session is a header. */
export function corsOptions(origins: string[]) {
  return {
    origin: origins,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: ['authorization', 'content-type', 'idempotency-key', 'if-match', 'if-none-match', 'x-request-id'],
    exposedHeaders: ['etag', 'idempotent-replayed', 'link', 'location', 'retry-after', 'x-request-id'],
    /** Seconds that a browser may keep the answer to a preflight. */
    maxAge: 600,
    // Any OPTIONS of such an origin is a preflight; without that header @fastify/cors answers 400 in words of its own.
    strictPreflight: false,
  };
}
