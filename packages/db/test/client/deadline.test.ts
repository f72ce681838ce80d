import { randomUUID } from 'node:crypto';
import { codesOf } from '@org/db-tools/connect';
import { sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { outsideTransaction } from '../../src/client/outer-handle.ts';
import { type ConnectedDatabase, type DatabaseOptions, openDatabase } from '../../src/connection.ts';
import { createTestDatabase, type TestDatabase } from '../../src/testing/index.ts';
import { catchError } from '../support/catch-error.ts';

let test: TestDatabase;
let db: ConnectedDatabase;
const roles: string[] = [];

beforeAll(async () => {
  test = await createTestDatabase();
});

afterAll(async () => {
  for (const role of roles) {
    await test.db.execute(sql.raw(`drop owned by ${role}`));
    await test.db.execute(sql.raw(`drop role ${role}`));
  }
  await test.close();
});

afterEach(async () => {
  vi.useRealTimers();
  await db.$client.end({ timeout: 0 });
});

/** A pool of a role that has a limit of its own for statements. */
const openAs = async (limitOfRole: string, options: DatabaseOptions = {}) => {
  const role = `limited_${randomUUID().replaceAll('-', '')}`;
  roles.push(role);
  await test.db.execute(sql.raw(`create role ${role} login`));
  await test.db.execute(sql.raw(`alter role ${role} set statement_timeout = '${limitOfRole}'`));
  const url = new URL(test.url);
  url.username = role;
  await test.db.execute(sql.raw(`grant connect on database "${url.pathname.slice(1)}" to ${role}`));
  db = openDatabase(url.href, { max: 3, applicationName: 'deadline', ...options });
};
const sleepOn = (seconds: number) => Promise.resolve(db.execute(sql`select pg_sleep(${seconds}), 1 as done`));

/** What becomes of a statement that lasts for so long, or longer when only the client is to end it. */
const statementOf = async (milliseconds: number, { isEndless = false } = {}) => {
  // Connecting takes timers too.
  await db.execute(sql`select 1`);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const outcome = Promise.withResolvers<unknown>();
  await test.db.transaction(async (gate) => {
    await gate.execute(sql`select pg_advisory_xact_lock(1)`);
    db.execute(sql`select pg_advisory_xact_lock(1), 1 as done`).then(([row]) => outcome.resolve(row), outcome.resolve);
    const isWaiting = () =>
      gate.execute(sql`select from pg_locks join pg_database d on d.oid = database
        where datname = current_database() and locktype = 'advisory' and not granted`);
    await expect.poll(isWaiting, { timeout: 10_000 }).toHaveLength(1);
    vi.advanceTimersByTime(milliseconds);
    if (isEndless) await outcome.promise;
  });
  vi.useRealTimers();
  return outcome.promise;
};

describe('a limit for statements of 0', () => {
  it('is none of the server, whatever the role has, in a transaction and out of it', async () => {
    await openAs('50ms', { statementTimeout: 0 });
    expect(await sleepOn(0.2)).toMatchObject([{ done: 1 }]);
    const [row] = await db.transaction((tx) => tx.execute(sql`select pg_sleep(0.2), 1 as done`));
    expect(row).toMatchObject({ done: 1 });
  });

  it('is none of the client', async () => {
    await openAs('50ms', { statementTimeout: 0 });
    expect(await statementOf(24 * 3_600_000)).toMatchObject({ done: 1 });
  });

  it('is one of a deadline, where that is asked for', async () => {
    await openAs('50ms', { statementTimeout: 0, deadline: 100 });
    expect(codesOf(await catchError(sleepOn(60)))).toContain('DEADLINE_EXCEEDED');
  });
});

describe('without a limit of the client', () => {
  it('that of the role holds', async () => {
    await openAs('50ms');
    expect(codesOf(await catchError(sleepOn(60)))).toContain('57014');
  });

  it('the deadline is a second after a longer one of the role', async () => {
    await openAs('2min');
    expect(await statementOf(120_900)).toMatchObject({ done: 1 });
    const late = await statementOf(121_000, { isEndless: true });
    expect(codesOf(late)).toContain('DEADLINE_EXCEEDED');
  });

  it('the deadline is 30 s, with none of the role', async () => {
    await openAs('0');
    expect(await statementOf(29_900)).toMatchObject({ done: 1 });
    const late = await statementOf(30_000, { isEndless: true });
    expect(codesOf(late)).toContain('DEADLINE_EXCEEDED');
  });
});

describe('a deadline', () => {
  const pids = async (ids: number[]) => {
    const rows = await Promise.all(ids.map(() => db.execute(sql`select pg_backend_pid() as pid, pg_sleep(0.05)`)));
    return rows.map(([row]) => row!.pid as number);
  };

  it('at which the server did as it was told costs one connection, and its siblings nothing', async () => {
    db = openDatabase(test.url, { max: 3, deadline: 1_000 });
    const before = await pids([1, 2, 3]);
    expect(new Set(before).size).toBe(3);
    // One is idle, one is busy.
    const transaction = db.transaction(async (tx) => {
      const [row] = await tx.execute(sql`select pg_backend_pid() as pid`);
      expect(codesOf(await catchError(outsideTransaction(() => sleepOn(60))))).toContain('DEADLINE_EXCEEDED');
      return row!.pid as number;
    });
    expect(before).toContain(await transaction);
    const after = await pids([1, 2, 3]);
    expect(before.filter((pid) => after.includes(pid))).toHaveLength(2);
  });

  it('gives an answer that is a little late to who waits', async () => {
    db = openDatabase(test.url, { max: 3, deadline: 100 });
    // Deaf to a request to cancel.
    await test.db.execute(sql`create or replace function deaf() returns int language plpgsql as $$
      begin perform pg_sleep(10); return 0; exception when query_canceled then return 1; end $$`);
    expect(await db.execute(sql`select deaf() as done`)).toEqual([{ done: 1 }]);
    // What was cancelled too late could be the next statement.
    expect(await db.execute(sql`select 2 as done`)).toEqual([{ done: 2 }]);
  });
});
