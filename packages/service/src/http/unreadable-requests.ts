import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Logger } from '@nestjs/common';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { SharedCode } from '../errors/codes.ts';
import { sendProblem } from '../errors/problem.filter.ts';
import { codeOfHttpError, PROBLEM_CONTENT_TYPE, problemOf } from '../errors/problem.ts';
import { loggableUrl } from '../logging/loggable-url.ts';
import { requestIdOf } from './request-id.ts';

// No hook runs for what follows, so each answer brings the headers that say the least, and its own line in the log.

const logger = new Logger('Unreadable');

/**
 * For `clientErrorHandler`. A request that Node's parser gave up on has no request object: the answer goes straight to
 * the socket.
 */
export function answerUnreadable(error: Error & { code?: string }, socket: Socket): void {
  // Another answer is on its way: what is written now would be read as a part of it.
  const isAnswering = (socket as { _httpMessage?: ServerResponse })._httpMessage?.headersSent === true;
  if (error.code === 'ECONNRESET' || !socket.writable || isAnswering) return void socket.destroy();
  const requestId = randomUUID();
  const problem = problemOf(CODE_OF_PARSER_ERROR[error.code ?? ''] ?? 'invalid', requestId);
  const body = JSON.stringify(problem);
  const headers = Object.entries({ ...headersOf(requestId, body), connection: 'close' });
  const head = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  logger.log({ requestId, status: problem.status, reason: error.code, remoteAddress: socket.remoteAddress }, 'Refused');
  socket.end(`HTTP/1.1 ${problem.status} ${problem.title}\r\n${head}\r\n${body}`);
}

/** For `frameworkErrors`: a path that is no URL or too long, of which Fastify knows no route. */
export function answerUnroutable(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const problem = problemOf(codeOfHttpError(error) ?? 'invalid', request.id);
  const { method, originalUrl, ip: remoteAddress } = request;
  const url = loggableUrl(originalUrl);
  logger.log({ requestId: request.id, method, url, status: problem.status, remoteAddress }, 'Refused');
  sendProblem(reply.headers(headersOf(request.id)), problem);
}

/** Answers `Expect` with anything but 100-continue, where Node by itself has a bare 417. */
export function refuseExpectations(server: Server): void {
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    const requestId = requestIdOf(request);
    const body = JSON.stringify(problemOf('expectation_failed', requestId));
    const { method, url = '' } = request;
    logger.log(
      { requestId, method, url: loggableUrl(url), status: 417, remoteAddress: request.socket.remoteAddress },
      'Refused',
    );
    response.writeHead(417, headersOf(requestId, body)).end(body);
  });
}

function headersOf(requestId: string, body?: string) {
  return {
    'x-request-id': requestId,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(body !== undefined && { 'content-type': PROBLEM_CONTENT_TYPE, 'content-length': Buffer.byteLength(body) }),
  };
}

const CODE_OF_PARSER_ERROR: Record<string, SharedCode> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'body_too_large',
  HPE_HEADER_OVERFLOW: 'headers_too_large',
};
