import { sql } from '@org/db';
import { createSession, createUser } from '@org/db/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestService, type TestService } from '../src/testing/index.ts';
import { probe } from './probe.ts';

let service: TestService;
let port: number;

beforeAll(async () => {
  service = await startWithMetrics();
});

afterAll(() => service?.close());

/** Below the ports that the system hands out to clients. */
async function startWithMetrics(): Promise<TestService> {
  for (;;) {
    port = 20_000 + Math.floor(Math.random() * 12_000);
    try {
      return await startTestService(probe, { env: { METRICS_PORT: String(port), DB_POOL_MAX: '3' } });
    } catch (error) {
      if (!String(error).includes('EADDRINUSE')) throw error;
    }
  }
}

async function scrape(): Promise<string> {
  const reply = await fetch(`http://127.0.0.1:${port}/metrics`);
  expect(reply.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  return await reply.text();
}

test('requests are counted by route template, with their status', async () => {
  const user = await createUser(service.db);
  const { token } = await createSession(service.db, { userId: user.id });
  for (const id of ['018f0000-0000-7000-8000-000000000001', '018f0000-0000-7000-8000-000000000002'])
    await service.client.get(`/v1/things/${id}`, { token });
  await service.client.get('/v1/things');
  await service.client.get('/made-up');
  const text = await scrape();
  expect(text).toContain('http_request_duration_seconds_count{method="GET",route="/v1/things/:id",status="200"} 2');
  expect(text).toContain('http_request_duration_seconds_count{method="GET",route="/v1/things",status="401"} 1');
  expect(text).toContain('http_request_duration_seconds_count{method="GET",route="none",status="404"} 1');
  expect(text).not.toContain('made-up');
});

test('queries are timed by the name that PostgreSQL sees too: a prepared one by its own, another by its route', async () => {
  await service.client.post('/v1/things/fail', { body: { how: 'select 1 / 0' } });
  const name = service.client.post('/v1/things/fail', { body: { how: 'select pg_sleep(0.5)' } });
  await expect
    .poll(async () => {
      const rows = await service.db.execute(sql`select query from pg_stat_activity where state = 'active'`);
      return rows.map((row) => row.query);
    })
    .toContain('/* POST /v1/things/fail */ select pg_sleep(0.5)');
  await name;
  const text = await scrape();
  expect(text).toMatch(/db_query_duration_seconds_count\{operation="authenticate",outcome="ok"\} \d/);
  expect(text).toContain('db_query_duration_seconds_count{operation="POST /v1/things/fail",outcome="ok"} 1');
  expect(text).toContain('db_query_duration_seconds_count{operation="POST /v1/things/fail",outcome="failed"} 1');
});

test('the pool tells its use, its queue and its waits', async () => {
  const sleeps = Array.from({ length: 5 }, () =>
    service.client.post('/v1/things/fail', { body: { how: 'select pg_sleep(1.5)' } }),
  );
  // What counts the migrations waits among them.
  await expect.poll(scrape, { timeout: 5_000 }).toMatch(/db_pool_connections_busy 3\n(.*\n)*db_pool_queue [2-9]\n/);
  await Promise.all(sleeps);
  const text = await scrape();
  expect(text).toContain('db_pool_connections_max 3\n');
  expect(text).toMatch(/db_pool_queue 0\n/);
  expect(Number(/^db_pool_wait_seconds_total (\S+)/m.exec(text)?.[1])).toBeGreaterThan(0.5);
});

test('pending migrations are a number while that is known', async () => {
  expect(await scrape()).toContain('db_migrations_pending 0\n');
  const [last] = await service.db.execute(
    sql`delete from drizzle.__drizzle_migrations where id = (select max(id) from drizzle.__drizzle_migrations) returning *`,
  );
  expect(await scrape()).toContain('db_migrations_pending 1\n');
  await service.db.execute(
    sql`insert into drizzle.__drizzle_migrations select * from json_populate_record(null::drizzle.__drizzle_migrations, ${JSON.stringify(last)})`,
  );
});

test('the process tells its memory and its event loop, and nothing is served but /metrics', async () => {
  expect(await scrape()).toMatch(/^process_resident_memory_bytes \d(.*\n)*nodejs_eventloop_lag_seconds/m);
  expect((await fetch(`http://127.0.0.1:${port}/v1/things`)).status).toBe(404);
  expect((await service.client.get('/metrics')).status).toBe(404);
});

test('a port that is taken is told in a sentence', async () => {
  await expect(startTestService(probe, { env: { METRICS_PORT: String(port) } })).rejects.toThrow(
    `METRICS_PORT ${port} cannot be used (listen EADDRINUSE`,
  );
});
