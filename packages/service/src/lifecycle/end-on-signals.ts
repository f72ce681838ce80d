import { Logger } from '@nestjs/common';
import type { ServiceConfig } from '../config/base-config.ts';
import type { Lifecycle } from './lifecycle.ts';

/** Milliseconds. One Ctrl-C comes twice: from the terminal, and passed on by `node --watch` or another parent. */
const SAME_SIGNAL = 300;

/**
 * From now on SIGTERM and SIGINT begin the draining of `lifecycle`. When the process has not ended SHUTDOWN_TIMEOUT
 * after the SHUTDOWN_DELAY, and at a second signal, it ends with exit code 1.
 */
export function endOnSignals(lifecycle: Lifecycle, config: ServiceConfig): void {
  const logger = new Logger('Lifecycle');
  let first = 0;
  const fail = (reason: string) => {
    logger.error(reason);
    process.exit(1);
  };
  const end = (signal: NodeJS.Signals) => {
    if (lifecycle.draining) {
      if (Date.now() - first > SAME_SIGNAL) fail(`${signal} again: ending at once.`);
      return;
    }
    first = Date.now();
    lifecycle.drain();
    const { SHUTDOWN_DELAY, SHUTDOWN_TIMEOUT } = config;
    setTimeout(
      () => fail(`Not finished after ${SHUTDOWN_TIMEOUT} ms: ending.`),
      SHUTDOWN_DELAY + SHUTDOWN_TIMEOUT,
    ).unref();
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, end);
}
