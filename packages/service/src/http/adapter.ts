import type { Socket } from 'node:net';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { withOperation } from '@org/db';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ErrorCode } from '../errors/codes.ts';
import { sendProblem } from '../errors/problem.filter.ts';
import { PROBLEM_CONTENT_TYPE, problemOf, toProblem } from '../errors/problem.ts';
import type { Lifecycle } from '../lifecycle/lifecycle.ts';
import { lazySerializers } from '../serialization/lazy-serializer.ts';
import { answerNotModified } from '../versions/not-modified.ts';
import { rememberRoutes } from './allowed-methods.ts';
import { acceptJsonOnly } from './json-body.ts';
import { runAnswerHooks } from './on-answer.decorator.ts';
import { requestIdOf } from './request-id.ts';

const BODY_LIMIT = 1024 * 1024;

/** Fastify with the limits of every service. */
export function createAdapter(lifecycle: Lifecycle, options: { trustProxy?: string[] } = {}): FastifyAdapter {
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_LIMIT,
    // Of nobody: then the client's address is that of the connection.
    trustProxy: options.trustProxy?.length ? options.trustProxy : false,
    // For the whole request to arrive. Fastify's default is none, which lets slow bodies pile up.
    requestTimeout: 30_000,
    // Longer than the idle timeout of usual load balancers (60 s), so that they close first.
    keepAliveTimeout: 72_000,
    genReqId: requestIdOf,
    schemaController: lazySerializers,
    requestIdHeader: false,
    // What arrives on an open connection while closing is still answered, with `connection: close`.
    return503OnClosing: false,
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
      reply.header('x-request-id', request.id);
      sendProblem(reply, toProblem(error, request.id));
    },
    clientErrorHandler: answerUnreadable,
  });
  const server = adapter.getInstance<FastifyInstance>();
  rememberRoutes(server);
  acceptJsonOnly(server);
  runAnswerHooks(server);
  answerNotModified(server);
  server.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    // What is answered is someone's own. The assets of /docs say otherwise themselves.
    reply.header('cache-control', 'no-store');
    done();
  });
  // Names the queries of the request, in SQL and in metrics.
  server.addHook('onRequest', (request, _reply, done) => {
    const { method, url } = request.routeOptions;
    if (url === undefined) done();
    else withOperation(`${method} ${url}`, done);
  });
  server.addHook('onSend', (_request, reply, _payload, done) => {
    if (lifecycle.draining) reply.header('connection', 'close');
    // Swagger's page leaves out what its text is written in.
    if (reply.getHeader('content-type') === 'text/html') reply.type('text/html; charset=utf-8');
    done();
  });
  return adapter;
}

/** A request that Node's parser gave up on has no request object: the answer goes straight to the socket. */
function answerUnreadable(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const problem = problemOf(CODE_OF_PARSER_ERROR[error.code ?? ''] ?? 'invalid');
  const body = JSON.stringify(problem);
  socket.end(
    `HTTP/1.1 ${problem.status} ${problem.title}\r\nconnection: close\r\ncontent-type: ${PROBLEM_CONTENT_TYPE}\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

const CODE_OF_PARSER_ERROR: Record<string, ErrorCode> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
  HPE_HEADER_OVERFLOW: 'headers_too_large',
};
