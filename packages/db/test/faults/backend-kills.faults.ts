import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type ConnectedDatabase, openDatabase } from '../../src/connection.ts';
import type { Transaction } from '../../src/transaction.ts';
import { catchError } from '../support/catch-error.ts';
import { AUDIT, CREATE_BANK, TOTAL, transfer } from './bank.ts';
import { startLoad } from './load.ts';
import { type Server, startServer } from './server.ts';

let server: Server;

beforeAll(async () => {
  server = await startServer();
});

afterAll(() => server.remove());

beforeEach(async () => {
  await server.run(`${CREATE_BANK}; drop table if exists rows; create table rows (n int)`);
});

const rows = async () => (await server.run<{ n: number }>('select n from rows order by n')).map(({ n }) => n);
const add = (db: ConnectedDatabase | Transaction, n: number) => db.execute(sql`insert into rows values (${n})`);
const kill = async (tx: Transaction) => {
  const [row] = await tx.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`);
  await server.run(`select pg_terminate_backend(${row!.pid}, 5000)`);
};
const openTransactions = () =>
  server.run(`select pid from pg_stat_activity where application_name = 'faults' and xact_start is not null`);
const open = (max: number) => openDatabase(server.url, { max, applicationName: 'faults' });

describe('a backend that is killed', () => {
  test.each([1, 10])('F1, F2: takes its transaction with it, while others use the pool (of %i)', async (max) => {
    const db = open(max);
    const others = startLoad(5, () => db.execute(sql`select 1`));
    for (let round = 0; round < 20; round++) {
      const work = db.transaction(async (tx) => {
        await add(tx, 1);
        await kill(tx);
        // Also while the connection is replaced under the others.
        for (const n of [2, 3]) await catchError(add(tx, n));
        await sleep(5);
        await catchError(add(tx, 4));
        if (round % 2) throw new Error('of the callback');
      });
      expect(await catchError(work)).toBeInstanceOf(Error);
    }
    await others.stop();
    await db.$client.end();
    expect(await rows()).toEqual([]);
  });

  test('F3: BEGIN behind 99 queries on one connection is as safe as any', async () => {
    const db = open(1);
    await db.execute(sql`select 1`);
    const queries = Array.from({ length: 99 }, (_, n) =>
      Promise.resolve(db.execute(sql`select ${n}, pg_sleep(0.002)`)),
    );
    const work = db.transaction(async (tx) => {
      await add(tx, 1);
      await sleep(50);
      throw new Error('of the callback');
    });
    const unrelated = add(db, 2).then(() => {});
    await Promise.all([...queries, catchError(work), unrelated]);
    expect(await rows()).toEqual([2]);
    expect(await openTransactions()).toEqual([]);
    await db.$client.end();
  });

  test('F4: at random for 30 s: the sum is kept, nothing is half-applied, uncaught or stuck', async () => {
    const db = open(10);
    const load = startLoad(20, () => transfer(db));
    await sleep(2_000);
    const undisturbed = load.rate(performance.now() - 1_500, performance.now());
    const killer = openDatabase(server.url, { max: 1, applicationName: 'killer' });
    const start = performance.now();
    let kills = 0;
    while (performance.now() - start < 30_000) {
      await killer.execute(sql`select pg_terminate_backend(pid) from pg_stat_activity
        where application_name = 'faults' order by random() limit 1`);
      kills++;
      await sleep(150);
    }
    const disturbed = load.rate(start, performance.now());
    await sleep(2_000);
    const afterwards = load.rate(performance.now() - 1_500, performance.now());
    await load.stop();
    await db.$client.end();
    await killer.$client.end();
    const [audit] = await server.run<{ total: number; half_applied: number; transfers: number }>(AUDIT);
    console.log(
      `F4: ${kills} kills; ${undisturbed.toFixed(0)} transfers/s before, ${disturbed.toFixed(0)} under kills, ${afterwards.toFixed(0)} after`,
      load.codes(),
    );
    expect(audit).toMatchObject({ total: TOTAL, half_applied: 0 });
    // More may have happened than were told of, never fewer.
    const unknown = load.codes().TRANSACTION_OUTCOME_UNKNOWN ?? 0;
    expect(audit!.transfers).toBeGreaterThanOrEqual(load.successes());
    expect(audit!.transfers).toBeLessThanOrEqual(load.successes() + unknown);
    expect(disturbed).toBeGreaterThan(Math.min(undisturbed, afterwards) * 0.6);
    expect(await openTransactions()).toEqual([]);
  });

  test('F5: because its transaction was idle too long: the transaction fails, the process lives', async () => {
    await server.run(`alter role postgres set idle_in_transaction_session_timeout = '100ms'`);
    const db = openDatabase(server.url, { max: 1, idleInTransactionTimeout: 100 });
    const work = db.transaction(async (tx) => {
      await add(tx, 1);
      await sleep(400);
      await add(tx, 2);
    });
    expect(await catchError(work)).toMatchObject({ cause: { code: 'CONNECTION_CLOSED' } });
    const silent = db.transaction(async (tx) => {
      await add(tx, 3);
      await sleep(400);
    });
    expect(await catchError(silent)).toMatchObject({ code: 'TRANSACTION_ABORTED' });
    await add(db, 4);
    expect(await rows()).toEqual([4]);
    await db.$client.end();
    await server.run(`alter role postgres reset idle_in_transaction_session_timeout`);
  });
});

test('F27: a process that is killed leaves no row and no open transaction', async () => {
  const child = fork(path.join(import.meta.dirname, 'open-transaction.ts'), [server.url], { stdio: 'inherit' });
  await once(child, 'message');
  expect(await openTransactions()).toHaveLength(1);
  child.kill('SIGKILL');
  await expect.poll(openTransactions, { timeout: 1_000 }).toEqual([]);
  expect(await rows()).toEqual([]);
});
