import { createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { sql } from '@org/db';
import { createTestDatabase } from '@org/db/testing';
import { afterEach, expect, test, vi } from 'vitest';
import { startTestService, type TestService } from '../src/testing/index.ts';
import { probe } from './probe.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function start(database?: string): Promise<TestService> {
  const service = await startTestService(probe, { database });
  open.push(service);
  return service;
}

test('a service with a migrated database is live and ready', async () => {
  const { client } = await start();
  expect(await client.get('/health/live')).toMatchObject({ status: 200, body: { status: 'ok' } });
  expect(await client.get('/health/ready')).toMatchObject({ status: 200, body: { status: 'ok', aheadBy: [] } });
});

test('a service that nobody has asked yet is connected to its database', async () => {
  const { db } = await start();
  const connections = sql`select from pg_stat_activity where datname = current_database() and application_name = 'probe'`;
  await vi.waitFor(async () => expect(await db.execute(connections)).toHaveLength(1));
});

test('without its database it is live, and not ready for the reason "database"', async () => {
  const { client } = await start('postgres://nobody@127.0.0.1:1/nothing');
  expect((await client.get('/health/live')).status).toBe(200);
  const ready = await client.get('/health/ready');
  expect(ready.status).toBe(503);
  expect(ready.headers.get('content-type')).toContain('application/problem+json');
  expect(ready.body).toMatchObject({ code: 'not_ready', reason: 'database' });
  expect(JSON.stringify(ready.body)).not.toContain('nobody');
});

test('a request that needs the database is 503 while it is away', async () => {
  const { client } = await start('postgres://nobody@127.0.0.1:1/nothing');
  const reply = await client.post('/v1/things/fail', { body: { how: 'select 1' } });
  expect(reply.status).toBe(503);
  expect(reply.body.code).toBe('unavailable');
  expect(reply.headers.get('retry-after')).toBe('1');
});

test('a database that never answers is told within two seconds, however many ask', async () => {
  const silent = createServer(() => {});
  const port = await listen(silent);
  open.push(silent);
  const { client } = await start(`postgres://nobody@127.0.0.1:${port}/nothing?connect_timeout=4`);
  const started = performance.now();
  const replies = await Promise.all(Array.from({ length: 5 }, () => client.get('/health/ready')));
  expect(performance.now() - started).toBeLessThan(2000);
  for (const reply of replies) expect(reply.body).toMatchObject({ status: 503, reason: 'database' });
});

test('a database that lacks a migration is the reason "migrations", until it has it', async () => {
  const database = await createTestDatabase();
  open.push(database);
  const { client } = await start(database.url);
  const [last] = await database.db.execute(
    sql`delete from drizzle.__drizzle_migrations where id = (select max(id) from drizzle.__drizzle_migrations) returning *`,
  );
  const { pending } = (await client.get('/health/ready')).body;
  expect((await client.get('/health/ready')).body).toMatchObject({
    status: 503,
    reason: 'migrations',
    detail: `The database lacks ${pending[0]}.`,
    pending: [expect.stringMatching(/^\d{4}_/)],
  });
  await database.db.execute(
    sql`insert into drizzle.__drizzle_migrations select * from json_populate_record(null::drizzle.__drizzle_migrations, ${JSON.stringify(last)})`,
  );
  expect((await client.get('/health/ready')).status).toBe(200);
});

test('a database that is ahead is ready, and says by what', async () => {
  const database = await createTestDatabase();
  open.push(database);
  const { client } = await start(database.url);
  await database.db.execute(
    sql`insert into drizzle.__drizzle_migrations (hash, created_at) values ('later', 4102444800000)`,
  );
  expect((await client.get('/health/ready')).body).toEqual({ status: 'ok', aheadBy: ['2100-01-01T00:00:00.000Z'] });
  await database.db.execute(
    sql`insert into drizzle.__drizzle_migrations_files (hash, created_at, tag) values ('later', 4102444800000, '0099_later')`,
  );
  expect((await client.get('/health/ready')).body.aheadBy).toEqual(['0099_later']);
});

async function listen(server: ReturnType<typeof createServer>): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const isListening = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
    });
    if (isListening) return port;
    await wait(10);
  }
}
