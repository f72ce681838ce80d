import type { LoggerService } from '@nestjs/common';
import type { Level, Logger } from 'pino';

// Nest tells of each module and route as it starts, thirty lines that nobody reads twice.
const STARTUP = ['InstanceLoader', 'NestApplication', 'NestFactory', 'RouterExplorer', 'RoutesResolver'];

/** pino as the logger of Nest, with what it says while starting at debug. */
export function serviceLogger(logger: Logger): LoggerService {
  return {
    log: (message: unknown, ...params: unknown[]) =>
      write(logger, STARTUP.includes(String(params.at(-1))) ? 'debug' : 'info', message, params),
    fatal: (message: unknown, ...params: unknown[]) => write(logger, 'fatal', message, params),
    error: (message: unknown, ...params: unknown[]) => write(logger, 'error', message, params),
    warn: (message: unknown, ...params: unknown[]) => write(logger, 'warn', message, params),
    debug: (message: unknown, ...params: unknown[]) => write(logger, 'debug', message, params),
    verbose: (message: unknown, ...params: unknown[]) => write(logger, 'trace', message, params),
  };
}

/** Nest passes the logger's name last; before it, the text to an object, or the stack to a text. */
function write(logger: Logger, level: Level, message: unknown, params: unknown[]): void {
  const context = params.at(-1);
  const rest = params.slice(0, -1).filter((param) => param !== undefined);
  if (message instanceof Error) logger[level]({ context, err: message });
  else if (typeof message === 'object') logger[level]({ context, ...message }, ...(rest as [string]));
  else logger[level]({ context, ...(rest.length > 0 && { stack: rest[0] }) }, String(message));
}
