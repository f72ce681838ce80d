import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ConnectedDatabase, type QueryEvent, queryChannel } from '@org/db';
import type { FastifyInstance } from 'fastify';
import type { Gauge, Registry } from 'prom-client';
import type { ServiceConfig } from '../config/base-config.ts';
import { ConfigError } from '../config/read-service-config.ts';

/** Seconds. From a cached read to what a statement timeout ends. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Milliseconds. A scrape must not hang where the database does. */
const MIGRATIONS_TIMEOUT = 1_000;

/**
 * Measures what `server` answers and `db` does, for Prometheus at /metrics of METRICS_PORT: a port of its own, since
 * this is for those who run the service. Ends with the server. Throws a ConfigError when the port is taken.
 */
export async function startMetrics(
  server: FastifyInstance,
  db: ConnectedDatabase,
  config: ServiceConfig,
): Promise<void> {
  const { collectDefaultMetrics, Registry } = await import('prom-client');
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  await measureRequests(server, registry);
  const stopQueries = await measureQueries(registry);
  await measurePool(registry, db);
  await countMigrations(registry, db);
  const listener = createServer(async (request, response) => {
    if (request.url?.split('?')[0] !== '/metrics') return void response.writeHead(404).end();
    response.writeHead(200, { 'content-type': registry.contentType }).end(await registry.metrics());
  });
  server.addHook('onClose', async () => {
    stopQueries();
    listener.close();
    listener.closeAllConnections();
  });
  await listen(listener, config);
}

async function listen(listener: Server, { METRICS_PORT: port, HOST: host }: ServiceConfig): Promise<void> {
  try {
    listener.listen({ port, host });
    await once(listener, 'listening');
  } catch (cause) {
    const { message } = cause as Error;
    throw new ConfigError(
      `METRICS_PORT ${port} cannot be used (${message}). Choose another: METRICS_PORT=${port! + 1}`,
      {
        cause,
      },
    );
  }
}

async function measureRequests(server: FastifyInstance, registry: Registry): Promise<void> {
  const { Histogram } = await import('prom-client');
  const seconds = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the request to the end of its answer, by route template',
    labelNames: ['method', 'route', 'status'],
    buckets: BUCKETS,
    registers: [registry],
  });
  server.addHook('onResponse', (request, reply, done) => {
    // Without a route there are as many paths as somebody makes up.
    const route = request.routeOptions.url ?? 'none';
    seconds.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1000);
    done();
  });
}

/** Returns what ends it. */
async function measureQueries(registry: Registry): Promise<() => void> {
  const { Histogram } = await import('prom-client');
  const seconds = new Histogram({
    name: 'db_query_duration_seconds',
    help: 'Time of a query, with its wait for a connection, by the name that is also in its SQL',
    labelNames: ['operation', 'outcome'],
    buckets: BUCKETS,
    registers: [registry],
  });
  const observe = (event: unknown) => {
    const { operation = 'none', milliseconds, failed } = event as QueryEvent;
    seconds.observe({ operation, outcome: failed ? 'failed' : 'ok' }, milliseconds / 1000);
  };
  queryChannel.subscribe(observe);
  return () => queryChannel.unsubscribe(observe);
}

async function measurePool(registry: Registry, { $client }: ConnectedDatabase): Promise<void> {
  const { Counter, Gauge } = await import('prom-client');
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({ name, help, registers: [registry], collect: set(read) });
  gauge('db_pool_connections_max', 'Connections at most', () => $client.stats().max);
  gauge('db_pool_connections_open', 'Connections that are there', () => $client.stats().open);
  gauge('db_pool_connections_busy', 'Connections that are lent', () => $client.stats().busy);
  gauge('db_pool_queue', 'Callers that wait for a connection', () => $client.stats().waiting);
  const counter = (name: string, help: string, read: () => number) =>
    new Counter({
      name,
      help,
      registers: [registry],
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  counter('db_pool_waits_total', 'Callers that have waited for a connection', () => $client.stats().waits);
  counter('db_pool_wait_seconds_total', 'Seconds that they have waited together', () => $client.stats().waitedSeconds);
  counter('db_pool_refused_total', 'Callers that went without a connection', () => $client.stats().refused);
}

async function countMigrations(registry: Registry, db: ConnectedDatabase): Promise<void> {
  const { Gauge } = await import('prom-client');
  new Gauge({
    name: 'db_migrations_pending',
    help: 'Migrations of this build that the database lacks; NaN while that is not known',
    registers: [registry],
    async collect() {
      const { compareMigrations } = await import('@org/db/migrate');
      const late = sleep(MIGRATIONS_TIMEOUT, undefined, { ref: false });
      const compared = await Promise.race([compareMigrations(db).catch(() => undefined), late]);
      this.set(compared ? compared.pending.length : Number.NaN);
    },
  });
}

function set(read: () => number) {
  return function collect(this: Gauge) {
    this.set(read());
  };
}
