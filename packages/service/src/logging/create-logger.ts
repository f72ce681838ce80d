import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino';
import type { ServiceConfig } from '../config/base-config.ts';
import { describeError } from './describe-error.ts';
import { requestContext } from './request-context.ts';

/**
 * pino for everything that is logged: lines for people in development, JSON elsewhere; each with the id of its request.
 */
export async function createLogger(config: ServiceConfig): Promise<Logger> {
  const options: LoggerOptions = {
    name: config.name,
    level: config.LOG_LEVEL,
    redact: { paths: SECRETS, censor: '[redacted]' },
    serializers: { err: describeError },
    mixin: () => {
      const requestId = requestContext.getStore();
      return requestId === undefined ? {} : { requestId };
    },
  };
  // Whatever standard output is: under `pnpm dev` it is a pipe, and a person reads the other end.
  return config.NODE_ENV === 'development' ? pino(options, await prettyLines()) : pino(options);
}

// For what someone logs by hand. Paths are exact, so each is listed at the depths that happen.
const SECRETS = ['authorization', 'cookie', 'password', 'passwordHash', 'token', 'tokenHash', 'secret'].flatMap(
  (name) => [name, `*.${name}`, `*.*.${name}`],
);

/** In this process, not in a worker of pino: the bundle has no file that a worker could load. */
async function prettyLines(): Promise<DestinationStream> {
  const { default: pretty } = await import('pino-pretty');
  return pretty({ sync: true, singleLine: true, ignore: 'pid,hostname,name', translateTime: 'HH:MM:ss.l' });
}
