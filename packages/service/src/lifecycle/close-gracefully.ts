import { setTimeout as wait } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { ServiceConfig } from '../config/base-config.ts';

/**
 * Answers requests for SHUTDOWN_DELAY more, which load balancers take to read from readiness that there should be none;
 * then takes no connection, finishes what is in flight and closes the pool. Nest's own hooks close at once, which drops
 * what a load balancer still sends.
 */
export async function closeGracefully(app: NestFastifyApplication, { SHUTDOWN_DELAY }: ServiceConfig): Promise<void> {
  new Logger('Lifecycle').log('Draining: finishing what is in flight.');
  await wait(SHUTDOWN_DELAY);
  // A connection that was busy when the server closed would stay open for its keep-alive timeout.
  const sweep = setInterval(() => app.getHttpServer().closeIdleConnections(), 50);
  await app.close();
  clearInterval(sweep);
}
