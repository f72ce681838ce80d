import type { IncomingMessage, ServerResponse } from 'node:http';
import { type DynamicModule, RequestMethod } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import type { DestinationStream } from 'pino';
import type { Options } from 'pino-http';
import type { ServiceConfig } from '../config/base-config.ts';
import { describeError } from './describe-error.ts';

/** pino for everything that is logged: lines for people in development, JSON elsewhere. */
export async function loggingModule(config: ServiceConfig): Promise<DynamicModule> {
  const options = logOptions(config);
  // Whatever standard output is: under `pnpm dev` it is a pipe, and a person reads the other end.
  const pretty = config.NODE_ENV === 'development';
  return LoggerModule.forRoot({
    pinoHttp: pretty ? [options, await prettyLines()] : options,
    // nestjs-pino's own default, `{/*splat}`, matches nothing under @fastify/middie 9.3.6, which puts a slash before it.
    forRoutes: [{ path: '{*splat}', method: RequestMethod.ALL }],
  });
}

/** One line per request, with its id on every other line that it causes; neither headers nor bodies. */
function logOptions(config: ServiceConfig): Options {
  return {
    name: config.name,
    level: config.LOG_LEVEL,
    redact: { paths: SECRETS, censor: '[redacted]' },
    autoLogging: { ignore: isHealthRequest },
    quietReqLogger: true,
    quietResLogger: true,
    customAttributeKeys: { reqId: 'requestId' },
    customLogLevel: (_request, response) => (response.statusCode >= 500 ? 'error' : 'info'),
    customSuccessObject: (request, response, { responseTime }) => ({ ...summary(request, response), responseTime }),
    customErrorObject: (request, response, _error, { responseTime }) => ({
      ...summary(request, response),
      responseTime,
    }),
    customSuccessMessage: describeRequest,
    customErrorMessage: describeRequest,
    wrapSerializers: false,
    // pino-http writes both into the logger of each request, whole unless told otherwise.
    serializers: { err: describeError, req: () => undefined, res: () => undefined },
  };
}

// For what someone logs by hand. Paths are exact, so each is listed at the depths that happen.
const SECRETS = ['authorization', 'cookie', 'password', 'passwordHash', 'token', 'tokenHash', 'secret'].flatMap(
  (name) => [name, `*.${name}`, `*.*.${name}`],
);

function isHealthRequest(request: IncomingMessage): boolean {
  return urlOf(request).startsWith('/health/');
}

function summary(request: IncomingMessage, response: ServerResponse) {
  return {
    method: request.method,
    url: urlOf(request),
    status: response.statusCode,
    remoteAddress: addressOf(request),
  };
}

function describeRequest(request: IncomingMessage, response: ServerResponse): string {
  return `${request.method} ${urlOf(request)} ${response.statusCode}`;
}

/** Middleware that is mounted somewhere sees a shortened `url`. */
function urlOf(request: IncomingMessage & { originalUrl?: string }): string {
  return request.originalUrl ?? request.url ?? '';
}

/** The client's, where TRUST_PROXY names the proxy in between; middie sets `ip` to what Fastify found. */
function addressOf(request: IncomingMessage & { ip?: string }): string | undefined {
  return request.ip ?? request.socket.remoteAddress;
}

/** In this process, not in a worker of pino: the bundle has no file that a worker could load. */
async function prettyLines(): Promise<DestinationStream> {
  const { default: pretty } = await import('pino-pretty');
  return pretty({ sync: true, singleLine: true, ignore: 'pid,hostname,name', translateTime: 'HH:MM:ss.l' });
}
