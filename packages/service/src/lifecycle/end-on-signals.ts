import { setTimeout as wait } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { ServiceConfig } from '../config/base-config.ts';
import type { Lifecycle } from './lifecycle.ts';

/** Milliseconds. One Ctrl-C comes twice: from the terminal, and passed on by `node --watch` or another parent. */
const SAME_SIGNAL = 300;

/**
 * On SIGTERM or SIGINT: readiness says 503, SHUTDOWN_DELAY passes while requests are still answered, then nothing new is
 * accepted, what is in flight ends, the pool closes, exit 0. Exit 1 when that takes SHUTDOWN_TIMEOUT, or at a second
 * signal. Nest's own hooks close at once, which drops what a load balancer still sends.
 */
export function endOnSignals(app: NestFastifyApplication, lifecycle: Lifecycle, config: ServiceConfig): void {
  const logger = new Logger('Lifecycle');
  let first = 0;
  const end = async (signal: string) => {
    if (lifecycle.draining) {
      if (Date.now() - first > SAME_SIGNAL) fail(`${signal} again: ending at once.`);
      return;
    }
    lifecycle.draining = true;
    first = Date.now();
    logger.log(`${signal}: finishing what is in flight.`);
    await wait(config.SHUTDOWN_DELAY);
    setTimeout(() => fail(`Not finished after ${config.SHUTDOWN_TIMEOUT} ms: ending.`), config.SHUTDOWN_TIMEOUT);
    // A connection that was busy when the server closed would stay open for its keep-alive timeout.
    setInterval(() => app.getHttpServer().closeIdleConnections(), 50);
    await app.close();
    process.exit(0);
  };
  const fail = (reason: string) => {
    logger.error(reason);
    process.exit(1);
  };
  for (const signal of ['SIGTERM', 'SIGINT']) {
    process.on(signal, () => {
      end(signal).catch((error) => fail(`Closing failed: ${error.message}`));
    });
  }
}
