import { FastifyAdapter } from '@nestjs/platform-fastify';
import { withOperation } from '@org/db';
import type { FastifyInstance } from 'fastify';
import { answerNotModified } from '../conditional/not-modified.ts';
import { DomainError } from '../errors/domain-error.ts';
import type { Lifecycle } from '../lifecycle/lifecycle.ts';
import { lazySerializers } from '../serialization/lazy-serializer.ts';
import { rememberRoutes } from './allowed-methods.ts';
import { acceptJsonOnly } from './json-body.ts';
import { runAnswerHooks } from './on-answer.decorator.ts';
import { requestIdOf } from './request-id.ts';
import { answerUnreadable, answerUnroutable, refuseExpectations } from './unreadable-requests.ts';

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
    frameworkErrors: answerUnroutable,
    clientErrorHandler: answerUnreadable,
    // Asked for below, since Node answers without it in words of its own.
    http: { requireHostHeader: false },
  });
  const server = adapter.getInstance<FastifyInstance>();
  refuseExpectations(server.server);
  rememberRoutes(server);
  acceptJsonOnly(server);
  runAnswerHooks(server);
  answerNotModified(server);
  server.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    // What is answered is someone's own. The assets of /docs say otherwise themselves.
    reply.header('cache-control', 'no-store');
    // https://www.rfc-editor.org/rfc/rfc9112#section-3.2
    if (request.headers.host === undefined && request.raw.httpVersion === '1.1') done(withoutHost());
    else done();
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

function withoutHost(): DomainError {
  return new DomainError('invalid', 'A request in HTTP/1.1 has to name the host that it is for: Host: example.com.');
}
