import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { loggableUrl } from './loggable-url.ts';
import { requestContext } from './request-context.ts';

/**
 * Logs one line per request, also where the client did not wait for the answer; none for probes, and neither headers
 * nor bodies. Every other line that a request causes has its id too. pino-http, behind nestjs-pino, makes two loggers
 * for each request whether anything is logged or not: a fifth of the CPU of a read.
 */
export function logRequests(server: FastifyInstance, logger: Logger): void {
  // Nothing here is anybody's secret, and looking for some costs more than the line.
  const lines = logger.child({}, { redact: [] });
  server.addHook('onRequest', (request, reply, done) => {
    // Fastify has no hook for it: its onRequestAbort misses a client that has sent its whole body.
    reply.raw.on('close', () => {
      if (!reply.raw.writableFinished) log(request, reply, undefined);
    });
    requestContext.run(request.id, done);
  });
  server.addHook('onResponse', (request, reply, done) => {
    log(request, reply, reply.statusCode);
    done();
  });

  /** Without a status for an answer that nobody waited for. */
  function log(request: FastifyRequest, reply: FastifyReply, status: number | undefined): void {
    const level = (status ?? 0) >= 500 ? 'error' : 'info';
    const { id: requestId, method, originalUrl, ip: remoteAddress } = request;
    if (!lines.isLevelEnabled(level) || originalUrl.startsWith('/health/')) return;
    const url = loggableUrl(originalUrl);
    const outcome = status === undefined ? { aborted: true } : { status };
    const line = { requestId, method, url, ...outcome, remoteAddress, responseTime: Math.round(reply.elapsedTime) };
    lines[level](line, `${method} ${url} ${status ?? 'aborted'}`);
  }
}
