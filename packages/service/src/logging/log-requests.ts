import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { requestContext } from './request-context.ts';

/**
 * One line per request but those of probes, with its id on every other line that it causes; neither headers nor bodies. pino-http,
 * behind nestjs-pino, makes two loggers for each request whether anything is logged or not: a fifth of the CPU of a read.
 */
export function logRequests(server: FastifyInstance, logger: Logger): void {
  // Nothing here is anybody's secret, and looking for some costs more than the line.
  const lines = logger.child({}, { redact: [] });
  server.addHook('onRequest', (request, _reply, done) => requestContext.run(request.id, done));
  server.addHook('onResponse', (request, reply, done) => {
    const { id: requestId, method, originalUrl: url, ip: remoteAddress } = request;
    if (!url.startsWith('/health/')) {
      const status = reply.statusCode;
      const line = { requestId, method, url, status, remoteAddress, responseTime: Math.round(reply.elapsedTime) };
      lines[status >= 500 ? 'error' : 'info'](line, `${method} ${url} ${status}`);
    }
    done();
  });
}
