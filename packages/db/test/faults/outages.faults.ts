import dns from 'node:dns';
import { setTimeout as sleep } from 'node:timers/promises';
import { codesOf } from '@org/db-tools/connect';
import { startThrowawayPostgres } from '@org/db-tools/local-postgres';
import { sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type ConnectedDatabase, type DatabaseOptions, openDatabase } from '../../src/connection.ts';
import { findServerError } from '../../src/errors.ts';
import { withTransaction } from '../../src/transaction.ts';
import { catchError } from '../support/catch-error.ts';
import { type Network, startNetwork } from '../support/network.ts';
import { AUDIT, CREATE_BANK, TOTAL, transfer } from './bank.ts';
import { startLoad } from './load.ts';
import { type Server, startServer } from './server.ts';

let server: Server;
let network: Network;
let db: ConnectedDatabase;

beforeAll(async () => {
  server = await startServer();
});

afterAll(() => server.remove());

beforeEach(async () => {
  await server.run(`${CREATE_BANK}; drop table if exists rows; create table rows (n int unique)`);
  network = await startNetwork(server.url);
});

afterEach(async () => {
  await db.$client.end({ timeout: 0 });
  await network.close();
});

const open = (options: DatabaseOptions = {}) => {
  db = openDatabase(network.url, { max: 5, applicationName: 'faults', ...options });
  return db;
};
const rows = async () => (await server.run<{ n: number }>('select n from rows order by n')).map(({ n }) => n);

describe('a server that goes away', () => {
  test.each(['fast', 'immediate'] as const)('F6: restarted (%s): at full rate 2 s after it is back', async (mode) => {
    await expectRecovery(mode, 0);
  });

  test('F7: down for 8 s: coded errors within the deadline, at full rate 2 s after it is back', async () => {
    await expectRecovery('fast', 8_000);
  });

  async function expectRecovery(mode: 'fast' | 'immediate', downtime: number): Promise<void> {
    open({ max: 5, acquireTimeout: 1_000, deadline: 2_000 });
    // Mostly waiting, so that the rate is that of the connections and not of a busy machine.
    const load = startLoad(8, () => transfer(db, 50));
    await sleep(3_000);
    const before = load.rate(performance.now() - 2_000, performance.now());
    await server.stop(mode);
    await sleep(downtime);
    await server.start();
    const back = performance.now();
    await sleep(5_000);
    const after = load.rate(back + 2_000, back + 5_000);
    await load.stop();
    const first = load.rate(back, back + 1_000);
    console.log(
      `${mode}, down ${downtime} ms: ${before.toFixed(0)}/s before; back: ${first.toFixed(0)} in the first second, then ${after.toFixed(0)}`,
      load.codes(),
    );
    expect(after).toBeGreaterThan(before * 0.9);
    expect(load.slowest()).toBeLessThan(downtime === 0 ? 4_500 : 3_500);
    expect(Object.keys(load.codes()).filter((code) => code.startsWith('none'))).toEqual([]);
    const [audit] = await server.run<object>(AUDIT);
    expect(audit).toMatchObject({ total: TOTAL, half_applied: 0 });
  }
});

describe('a network that fails', () => {
  test('F8: half-open: a call costs its deadline, and all is well 2 s after the network is', async () => {
    open({ deadline: 1_000, acquireTimeout: 1_000 });
    const load = startLoad(8, () => db.execute(sql`select 1`));
    await sleep(500);
    network.freeze();
    await sleep(4_000);
    const healed = performance.now();
    network.thaw();
    await sleep(3_000);
    await load.stop();
    console.log(`F8: slowest ${load.slowest().toFixed(0)} ms`, load.codes());
    expect(load.slowest()).toBeLessThan(2_600);
    expect(Object.keys(load.codes()).sort()).toEqual(['DEADLINE_EXCEEDED', 'POOL_ACQUIRE_TIMEOUT']);
    expect(load.rate(healed + 2_000, healed + 3_000)).toBeGreaterThan(100);
  });

  test('F9: reset in the middle of a query: an error at once, and the next call works', async () => {
    open();
    const work = Promise.resolve(db.execute(sql`select pg_sleep(5)`));
    await sleep(300);
    network.cut();
    expect(codesOf(await catchError(work))[0]).toMatch(/CONNECTION_CLOSED|ECONNRESET/);
    await db.execute(sql`select 1`);
  });

  test('F9: answer to COMMIT lost: unknown, and an idempotent repetition leaves one row', async () => {
    open();
    const add = () =>
      withTransaction(db, (tx) => tx.execute(sql`insert into rows values (1) on conflict do nothing`), { retry: true });
    network.loseAnswerTo('commit');
    expect(await catchError(add())).toMatchObject({ code: 'TRANSACTION_OUTCOME_UNKNOWN' });
    await add();
    expect(await rows()).toEqual([1]);
  });

  test('F38: a name that fails, returns and leads elsewhere needs no restart', async () => {
    await using other = await throwaway();
    const url = new URL(network.url);
    url.hostname = 'database.test';
    url.search = '?sslmode=disable';
    const lookup = vi.spyOn(dns, 'lookup');
    const resolve = (answer: 'fails' | 'works') =>
      lookup.mockImplementation(((_name: string, options: { all?: boolean }, done: (...args: unknown[]) => void) => {
        if (answer === 'fails') return done(Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' }));
        return options.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4);
      }) as never);
    resolve('fails');
    db = openDatabase(url.href, { max: 2 });
    const port = async () => (await db.execute(sql`select current_setting('port') as port`))[0]!.port;
    expect(codesOf(await catchError(port()))).toContain('ENOTFOUND');
    resolve('works');
    expect(await port()).toBe(String(server.port));
    network.retarget(other.url);
    network.cut();
    await expect.poll(() => port().catch(() => undefined), { timeout: 2_000 }).toBe(String(other.port));
    lookup.mockRestore();
  });

  test('F29: a primary that has become read-only is left, the next try finds the new one', async () => {
    await using other = await throwaway();
    open({ max: 3 });
    const sleepers = () => Promise.all([1, 2, 3].map(() => db.execute(sql`select pg_sleep(0.05)`)));
    await sleepers();
    await server.run(`alter system set default_transaction_read_only = on`);
    await server.run(`select pg_reload_conf()`);
    network.retarget(other.url);
    await expect
      .poll(async () => codesOf(await catchError(db.execute(sql`create table t ()`)))[0], {
        timeout: 5_000,
        interval: 10,
      })
      .toBe('25006');
    for (let n = 0; n < 5; n++) await db.execute(sql`create table ${sql.raw(`moved${n}`)} ()`);
    await server.run(`alter system reset default_transaction_read_only`);
    await server.run(`select pg_reload_conf()`);
  });
});

describe('too much', () => {
  test('F10: a pool that is exhausted refuses with a code, in time, and holds on to nothing', async () => {
    open({ max: 2, acquireTimeout: 200, queueLimit: 50 });
    const busy = [1, 2].map(() => Promise.resolve(db.execute(sql`select pg_sleep(4)`)));
    await sleep(100);
    global.gc?.();
    const before = process.memoryUsage().heapUsed;
    const codes: Record<string, number> = {};
    for (let round = 0; round < 10; round++) {
      const errors = await Promise.all(Array.from({ length: 500 }, () => catchError(db.execute(sql`select 1`))));
      for (const error of errors) codes[codesOf(error)[0]!] = (codes[codesOf(error)[0]!] ?? 0) + 1;
      await sleep(10);
    }
    console.log('F10:', codes);
    expect(Object.keys(codes).sort()).toEqual(['POOL_ACQUIRE_TIMEOUT', 'POOL_QUEUE_FULL']);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(100 * 1024 ** 2);
    await Promise.all(busy);
    await db.execute(sql`select 1`);
  });

  test('F11: with fewer connections than it may have, the pool gets by with those', async () => {
    await server.run(`drop role if exists few; create role few login connection limit 2; grant all on rows to few`);
    const url = new URL(network.url);
    url.username = 'few';
    db = openDatabase(url.href, { max: 10, acquireTimeout: 5_000 });
    const load = startLoad(20, () => db.execute(sql`select pg_sleep(0.01)`));
    await sleep(2_000);
    await load.stop();
    expect(load.codes()).toEqual({});
    expect(load.successes()).toBeGreaterThan(100);
  });

  test('F11: with none left, callers get the reason in time', async () => {
    await server.run(`drop role if exists refused; create role refused login connection limit 0`);
    const url = new URL(network.url);
    url.username = 'refused';
    db = openDatabase(url.href, { max: 10, acquireTimeout: 500 });
    const start = performance.now();
    expect(codesOf(await catchError(db.execute(sql`select 1`)))).toEqual(['POOL_ACQUIRE_TIMEOUT', '53300']);
    expect(performance.now() - start).toBeLessThan(1_500);
    expect(network.connections).toBeLessThan(10);
  });

  test('F22: no room for temporary files: the SQLSTATE surfaces, nothing is repeated', async () => {
    open();
    let attempts = 0;
    const work = withTransaction(
      db,
      async (tx) => {
        attempts++;
        await tx.execute(sql`set local temp_file_limit = '1MB'`);
        await tx.execute(sql`set local work_mem = '64kB'`);
        await tx.execute(
          sql`select count(*) from (select g, md5(g::text) m from generate_series(1, 300000) g order by m) s`,
        );
      },
      { retry: true },
    );
    expect(findServerError(await catchError(work))?.sqlState).toMatch(/^53/);
    expect(attempts).toBe(1);
    await db.execute(sql`select 1`);
  });
});

async function throwaway() {
  const other = await startThrowawayPostgres();
  return { ...other, [Symbol.asyncDispose]: () => other.stop() };
}
