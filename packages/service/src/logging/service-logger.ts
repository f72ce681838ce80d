import type { LoggerService } from '@nestjs/common';
import type { Logger } from 'nestjs-pino';

// Nest tells of each module and route as it starts, thirty lines that nobody reads twice.
const STARTUP = ['InstanceLoader', 'NestApplication', 'NestFactory', 'RouterExplorer', 'RoutesResolver'];

/** The logger of Nest, with what it says while starting at debug. */
export function serviceLogger(logger: Logger): LoggerService {
  return {
    log: (message: unknown, ...params: unknown[]) =>
      STARTUP.includes(String(params.at(-1))) ? logger.debug(message, ...params) : logger.log(message, ...params),
    fatal: (message: unknown, ...params: unknown[]) => logger.fatal(message, ...params),
    error: (message: unknown, ...params: unknown[]) => logger.error(message, ...params),
    warn: (message: unknown, ...params: unknown[]) => logger.warn(message, ...params),
    debug: (message: unknown, ...params: unknown[]) => logger.debug(message, ...params),
    verbose: (message: unknown, ...params: unknown[]) => logger.verbose(message, ...params),
  };
}
