import { setTimeout as sleep } from 'node:timers/promises';
import { codesOf } from '@org/db-tools/connect';
import { sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type ConnectedDatabase, type DatabaseOptions, openDatabase } from '../../src/connection.ts';
import { findServerError } from '../../src/errors.ts';
import { catchError } from '../support/catch-error.ts';
import { AUDIT, CREATE_BANK, TOTAL, transfer } from './bank.ts';
import { startLoad } from './load.ts';
import { findPgBouncers, type PgBouncer, startPgBouncer } from './pgbouncer.ts';
import { type Server, startServer } from './server.ts';

let server: Server;
let pooler: PgBouncer | undefined;
let db: ConnectedDatabase;

beforeAll(async () => {
  server = await startServer();
});

afterAll(() => server.remove());

beforeEach(() => server.run(CREATE_BANK));

afterEach(async () => {
  if (!pooler) return;
  await db.$client.end({ timeout: 0 });
  await pooler.stop();
});

describe.each(findPgBouncers())('behind $name in transaction mode', ({ binary, prepares }) => {
  const it = test.skipIf(binary === undefined);
  const open = async (settings: string[] = [], options: DatabaseOptions = {}) => {
    pooler = await startPgBouncer(
      binary!,
      server,
      prepares ? [...settings, 'max_prepared_statements = 200'] : settings,
    );
    db = openDatabase(pooler.url, { max: 10, prepare: prepares, applicationName: 'faults', ...options });
    return db;
  };

  it('queries and transactions of many clients work, and keep statements where it can', async () => {
    await open();
    const load = startLoad(20, () => transfer(db));
    await sleep(3_000);
    await load.stop();
    await Promise.all(Array.from({ length: 200 }, (_, n) => db.execute(sql`select ${n}::int as n`)));
    expect(load.codes()).toEqual({});
    expect((await server.run<object>(AUDIT))[0]).toMatchObject({ total: TOTAL, half_applied: 0 });
  });

  it('limits work, though it refuses them at the start of a connection', async () => {
    await open([], { statementTimeout: 200, lockTimeout: 100 });
    const inside = db.transaction((tx) => tx.execute(sql`select pg_sleep(5)`));
    expect(findServerError(await catchError(inside))?.sqlState).toBe('57014');
    const start = performance.now();
    expect(codesOf(await catchError(db.execute(sql`select pg_sleep(30)`)))).toContain('DEADLINE_EXCEEDED');
    expect(performance.now() - start).toBeLessThan(2_500);
    const running = () =>
      server.run(`select from pg_stat_activity where query like 'select pg_sleep(30)%' and state = 'active'`);
    await expect.poll(running, { timeout: 2_000 }).toEqual([]);
  });

  it('F4: backends killed at random for 8 s: the sum is kept, nothing is half-applied or stuck', async () => {
    await open();
    const load = startLoad(20, () => transfer(db));
    const start = performance.now();
    while (performance.now() - start < 8_000) {
      await server.run(`select pg_terminate_backend(pid) from pg_stat_activity
        where backend_type = 'client backend' and pid <> pg_backend_pid() order by random() limit 1`);
      await sleep(150);
    }
    await load.stop();
    const [audit] = await server.run<{ transfers: number }>(AUDIT);
    console.log(`F4 pooled: ${load.successes()} transfers`, load.codes());
    expect(audit).toMatchObject({ total: TOTAL, half_applied: 0 });
    expect(audit!.transfers).toBeGreaterThanOrEqual(load.successes());
  });

  it('F12: query_wait_timeout: a coded error, and the process goes on', async () => {
    await open(['default_pool_size = 2', 'query_wait_timeout = 1'], { acquireTimeout: 2_500 });
    const load = startLoad(10, () => db.execute(sql`select pg_sleep(1.5)`));
    await sleep(4_000);
    await load.stop();
    console.log('F12:', load.codes());
    expect(Object.keys(load.codes()).filter((code) => code.startsWith('none'))).toEqual([]);
    expect(Object.keys(load.codes()).length).toBeGreaterThan(0);
    await expect.poll(() => catchError(db.execute(sql`select 1`)), { timeout: 5_000 }).toBeUndefined();
  });

  it('F13: killed and started again: at full rate 1.5 s after it is back', async () => {
    await open([], { acquireTimeout: 1_000 });
    const load = startLoad(8, () => transfer(db, 50));
    await sleep(3_000);
    const before = load.rate(performance.now() - 2_000, performance.now());
    await pooler!.kill();
    await sleep(2_000);
    await pooler!.start();
    const back = performance.now();
    await sleep(4_000);
    const after = load.rate(back + 1_500, back + 4_000);
    await load.stop();
    console.log(`F13: ${before.toFixed(0)}/s before, ${after.toFixed(0)} after`, load.codes());
    expect(after).toBeGreaterThan(before * 0.9);
    expect((await server.run<object>(AUDIT))[0]).toMatchObject({ total: TOTAL, half_applied: 0 });
  });

  it('F14: PAUSE, restart of PostgreSQL, RESUME: no error', async () => {
    await open([], { deadline: 20_000, acquireTimeout: 20_000 });
    const load = startLoad(8, () => transfer(db));
    await sleep(1_000);
    await pooler!.admin('PAUSE');
    await server.stop('fast');
    await server.start();
    await pooler!.admin('RESUME');
    const resumed = performance.now();
    await sleep(1_500);
    await load.stop();
    console.log(
      `F14: slowest ${load.slowest().toFixed(0)} ms, ${load.rate(resumed, resumed + 1_500).toFixed(0)}/s afterwards`,
    );
    expect(load.codes()).toEqual({});
    expect(load.rate(resumed, resumed + 1_500)).toBeGreaterThan(10);
  });

  it('F15: what one client sets for its transaction, no other sees: 0 of 1,000', async () => {
    await open(['default_pool_size = 3']);
    const other = openDatabase(pooler!.url, { max: 5, prepare: prepares });
    let leaks = 0;
    let right = 0;
    const ask = async (n: number) => {
      await db.transaction(async (tx) => {
        await tx.execute(sql`select set_config('app.tenant', ${String(n)}, true)`);
        const [row] = await tx.execute<{ tenant: string }>(sql`select current_setting('app.tenant', true) as tenant`);
        if (row!.tenant === String(n)) right++;
      });
      const [row] = await other.execute<{ tenant: string | null }>(
        sql`select current_setting('app.tenant', true) as tenant`,
      );
      if (row!.tenant) leaks++;
    };
    for (let round = 0; round < 100; round++)
      await Promise.all(Array.from({ length: 10 }, (_, n) => ask(round * 10 + n)));
    await other.$client.end();
    expect({ right, leaks }).toEqual({ right: 1_000, leaks: 0 });
  });
});
