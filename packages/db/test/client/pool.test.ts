import { parseDatabaseUrl, withDatabase } from '@org/db-tools/url';
import { sql } from 'drizzle-orm';
import postgres from 'postgres';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { outsideTransaction } from '../../src/client/outer-handle.ts';
import { Pool } from '../../src/client/pool.ts';
import { type ConnectedDatabase, type DatabaseOptions, openDatabase } from '../../src/connection.ts';
import { createTestDatabase, type TestDatabase } from '../../src/testing/index.ts';
import { catchError } from '../support/catch-error.ts';
import { type Network, startNetwork } from '../support/network.ts';

let test: TestDatabase;
let network: Network;
let db: ConnectedDatabase;

beforeAll(async () => {
  test = await createTestDatabase();
});

afterAll(() => test.close());

beforeEach(async () => {
  network = await startNetwork(test.url);
});

afterEach(async () => {
  await db.$client.end({ timeout: 0 });
  await network.close();
});

const open = (options: DatabaseOptions = {}) => {
  db = openDatabase(network.url, options);
  return db;
};
const codeOf = async (work: PromiseLike<unknown>) =>
  ((await catchError(work)) as { cause?: { code?: string } } | undefined)?.cause?.code;
const sleepOn = (handle: ConnectedDatabase, seconds: number) =>
  Promise.resolve(handle.execute(sql`select pg_sleep(${seconds})`));
const connections = async () => {
  const [row] = await test.db.execute<{ count: number }>(
    sql`select count(*)::int from pg_stat_activity where datname = current_database() and application_name = 'node'`,
  );
  return row!.count;
};

describe('waiting for a connection', () => {
  it('ends with a code at the limit, and the pool goes on', async () => {
    open({ max: 1, acquireTimeout: 100 });
    const refused = Promise.withResolvers<void>();
    const busy = db.transaction(() => refused.promise);
    expect(await codeOf(outsideTransaction(() => db.execute(sql`select 1`)))).toBe('POOL_ACQUIRE_TIMEOUT');
    refused.resolve();
    await busy;
    expect(await db.execute(sql`select 1 as n`)).toEqual([{ n: 1 }]);
  });

  it('is refused at once when the queue is full', async () => {
    open({ max: 1, queueLimit: 2 });
    const busy = [sleepOn(db, 0.3), sleepOn(db, 0), sleepOn(db, 0)];
    expect(await codeOf(db.execute(sql`select 1`))).toBe('POOL_QUEUE_FULL');
    await Promise.all(busy);
  });

  it('never makes more than the limit, and uses few when few are needed', async () => {
    open({ max: 3 });
    await Promise.all(Array.from({ length: 50 }, () => db.execute(sql`select 1`)));
    await expect.poll(connections).toBe(3);
    expect(network.connections).toBe(3);
    const pids = new Set<unknown>();
    for (let i = 0; i < 10; i++) pids.add((await db.execute(sql`select pg_backend_pid() as pid`))[0]!.pid);
    expect(pids.size).toBe(1);
  });

  it('lasts until the server is back', async () => {
    await network.close();
    open({ acquireTimeout: 5_000 });
    const waiting = db.execute(sql`select 1 as n`).then((rows) => rows);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await network.listen();
    const back = performance.now();
    expect(await waiting).toEqual([{ n: 1 }]);
    expect(performance.now() - back).toBeLessThan(1_500);
  });

  it('says why when the server is not there', async () => {
    await network.close();
    open({ acquireTimeout: 200 });
    const error = (await catchError(db.execute(sql`select 1`))) as Error;
    expect(error.cause).toMatchObject({ code: 'POOL_ACQUIRE_TIMEOUT', cause: { code: 'ECONNREFUSED' } });
    expect(error.message).toMatch(/No connection to 127\.0\.0\.1\/\w+ within 200 ms: .*ECONNREFUSED/);
  });

  it('ends with an ordinary error where there is no network at all', async () => {
    // Refused before anything can listen: it is nobody's address.
    db = openDatabase('postgres://u@255.255.255.255:5432/d?sslmode=disable', { acquireTimeout: 300 });
    expect(await catchError(db.execute(sql`select 1`))).toMatchObject({ name: 'QueryError' });
  });

  it('asks the server for nothing on its own account, which a limit could cut off', async () => {
    const bare = postgres(network.url, { max: 1, fetch_types: false });
    await bare`select 1`.simple();
    await bare.end();
    const least = network.flights;

    open({ max: 1 });
    await db.execute(sql`select 1`);
    expect(network.flights - least).toBe(least);
    expect(await db.execute(sql`select array['a', null] as words`)).toEqual([{ words: ['a', null] }]);
  });

  it('ends at once with what waiting does not change', async () => {
    db = openDatabase(withDatabase(network.url, 'no_such_database'), { acquireTimeout: 20_000 });
    expect(await codeOf(db.execute(sql`select 1`))).toBe('3D000');
    const errors = await Promise.all([1, 2, 3, 4].map(() => codeOf(db.execute(sql`select 1`))));
    expect(errors).toEqual(Array(4).fill('3D000'));
  });
});

it('closing waits for nobody who waits for a server that is away', async () => {
  await network.close();
  open({ acquireTimeout: 60_000 });
  const waiting = codeOf(db.execute(sql`select 1`));
  // By then the first has been refused too.
  const second = openDatabase(network.url, { acquireTimeout: 200 });
  expect(await codeOf(second.execute(sql`select 1`))).toBe('POOL_ACQUIRE_TIMEOUT');
  await Promise.all([db, second].map(({ $client }) => $client.end({ timeout: 60 })));
  expect(await waiting).toBe('CONNECTION_ENDED');
});

describe('a network that swallows everything', () => {
  it('costs a query its deadline, and those after it nothing', async () => {
    open({ max: 3, deadline: 300 });
    await Promise.all([1, 2, 3].map(() => sleepOn(db, 0.05)));
    network.freeze();
    expect(await codeOf(db.execute(sql`select 1`))).toBe('DEADLINE_EXCEEDED');
    network.thaw();
    // On one of the connections that are frozen for good it would be the same again.
    await Promise.all([1, 2, 3].map(() => db.execute(sql`select 1`)));
  });

  it('is noticed while connecting', async () => {
    network.freeze();
    db = openDatabase(`${network.url}?connect_timeout=1`, { acquireTimeout: 1_500 });
    expect(await codeOf(db.execute(sql`select 1`))).toBe('POOL_ACQUIRE_TIMEOUT');
  });
});

it('cancels on the server what it does not wait for any longer', async () => {
  open({ max: 1, deadline: 200 });
  expect(await codeOf(sleepOn(db, 60))).toBe('DEADLINE_EXCEEDED');
  await expect.poll(connections, { timeout: 3_000 }).toBe(0);
});

it('replaces every connection that knows a server which has become read-only', async () => {
  open({ max: 2 });
  await Promise.all([sleepOn(db, 0.05), sleepOn(db, 0.05)]);
  const before = network.connections;
  await db.$client.begin(async (tx) => {
    await tx`set session characteristics as transaction read only`;
  });
  const errors = await Promise.all([1, 2].map(() => codeOf(db.execute(sql`create table t ()`))));
  expect(errors).toContain('25006');
  await db.execute(sql`drop table if exists t`);
  expect(network.connections).toBeGreaterThan(before);
});

it('keeps no connection that was killed while nobody used it', async () => {
  open({ max: 1 });
  await db.execute(sql`select 1`);
  await test.db.execute(
    sql`select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = 'node' and datname = current_database()`,
  );
  await expect.poll(() => network.open).toBe(0);
  await db.execute(sql`select 1`);
});

describe('a connection', () => {
  const openPool = (limits: { idleTimeout: number; maxLifetime: number }) => {
    db = openDatabase(network.url);
    const target = parseDatabaseUrl(network.url);
    const waits = { queueLimit: 10, acquireTimeout: 1_000, connectTimeout: 1_000, deadline: 1_000 };
    return new Pool({ target, name: 'test', max: 2, startup: {}, ...waits, ...limits });
  };

  it('that nobody uses is closed', async () => {
    const pool = openPool({ idleTimeout: 100, maxLifetime: 60_000 });
    await pool.run({ text: 'select 1' });
    expect(network.open).toBe(1);
    await expect.poll(() => network.open, { timeout: 4_000 }).toBe(0);
    await pool.end();
  });

  it('that is old is replaced', async () => {
    const pool = openPool({ idleTimeout: 60_000, maxLifetime: 1 });
    for (let n = 0; n < 3; n++) await pool.run({ text: 'select pg_sleep(0.01)' });
    expect(network.connections).toBe(3);
    await pool.end();
  });
});

describe('end', () => {
  it('returns in time from a network that swallows everything, and leaves nobody waiting', async () => {
    open({ max: 1 });
    await db.execute(sql`select 1`);
    network.freeze();
    const waiting = [1, 2, 3].map(() => codeOf(db.execute(sql`select 1`)));
    // A query begins a little later than it is asked for.
    await new Promise(setImmediate);
    const start = performance.now();
    await db.$client.end({ timeout: 0.2 });
    expect(performance.now() - start).toBeGreaterThan(150);
    expect(performance.now() - start).toBeLessThan(1_000);
    expect(await Promise.all(waiting)).toEqual(Array(3).fill('CONNECTION_ENDED'));
  });

  it('returns while it is still connecting, twice, and takes nothing afterwards', async () => {
    await network.close();
    open();
    const waiting = codeOf(db.execute(sql`select 1`));
    await Promise.all([db.$client.end({ timeout: 0.1 }), db.$client.end()]);
    await db.$client.end();
    expect(await waiting).toBe('CONNECTION_ENDED');
    expect(await codeOf(db.execute(sql`select 1`))).toBe('CONNECTION_ENDED');
  });

  it('lets a transaction finish', async () => {
    open();
    const work = db.transaction(async (tx) => {
      await tx.execute(sql`select pg_sleep(0.2)`);
      return tx.execute(sql`select 1 as n`);
    });
    await expect.poll(connections).toBe(1);
    await db.$client.end();
    expect(await work).toEqual([{ n: 1 }]);
    await expect.poll(connections).toBe(0);
  });
});

it('offers no reserved connection', () => {
  open();
  expect(db.$client).not.toHaveProperty('reserve');
});
