import { describe, expect, test } from 'vitest';
import { type MigrateEvent, migrate } from '../../src/migrator/index.ts';
import { run } from '../../src/migrator/run.ts';
import { waitUntil } from '../wait-until.ts';
import { connectTo, createDatabase, type Database } from './database.ts';
import { createProject } from './project.ts';

describe('a lock that cannot be had', () => {
  test('is tried for again, others get their turn in between, and the blocker is named', async () => {
    const database = await createDatabase();
    const { url, sql } = database;
    await sql.unsafe('create table a (id int)');
    const { directory } = createProject({ '0000_a': 'create table b (); alter table a add column x int' });
    const blocker = await holdShare(database);
    const events: MigrateEvent[] = [];
    const migration = migrate({ url, directory, lockTimeout: 0.3, onEvent: (event) => events.push(event) });
    await waitUntil('a retry', () => events.some(({ type }) => type === 'retry'));

    const readers = [];
    for (let i = 0; i < 5; i++) {
      const begun = performance.now();
      await sql`select * from a`;
      readers.push(performance.now() - begun);
    }
    await blocker.release();

    expect(await migration).toMatchObject({ applied: [{ tag: '0000_a' }] });
    expect(Math.max(...readers)).toBeLessThan(1000);
    expect(events.find(({ type }) => type === 'retry')).toMatchObject({
      code: '55P03',
      statement: 2,
      blockers: [{ pid: blocker.pid, application: 'the test', state: 'idle in transaction' }],
    });
  });

  test('is given up after the retries, with the blocker and the next command', async () => {
    const database = await createDatabase();
    const { url, sql } = database;
    await sql.unsafe('create table a (id int)');
    const { directory } = createProject({ '0000_a': '-- db: retries=2\nalter table a add column x int' });
    const blocker = await holdShare(database);

    const run = migrate({ url, directory, lockTimeout: 0.2 });

    await expect(run).rejects.toMatchObject({
      code: 'lock_not_available',
      exit: 1,
      sqlState: '55P03',
      blockers: [{ pid: blocker.pid }],
      hint: expect.stringContaining(`pg_terminate_backend(${blocker.pid})`),
    });
    await blocker.release();
  });

  test('a deadlock is tried again as well, any other error is not', async () => {
    const { url, sql } = await createDatabase();
    await sql.unsafe('create sequence tries');
    const failFirst = (code: string) =>
      `do $$ begin if nextval('tries') % 2 = 1 then raise exception 'no' using errcode = '${code}'; end if; end $$`;
    const deadlock = createProject({ '0000_a': failFirst('40P01') });
    const unique = createProject({ '0000_a': failFirst('23505') });

    expect(await run({ url, directory: deadlock.directory }, { firstPause: 1 })).toMatchObject({
      applied: [{ tag: '0000_a' }],
    });
    await sql.unsafe('drop schema drizzle cascade');
    await expect(run({ url, directory: unique.directory }, { firstPause: 1 })).rejects.toMatchObject({
      sqlState: '23505',
      code: 'migration_failed',
    });
  });

  test('a statement that takes long is reported with what it waits for', async () => {
    const database = await createDatabase();
    const { url, sql } = database;
    await sql.unsafe('create table a (id int)');
    const { directory } = createProject({ '0000_a': 'alter table a add column x int' });
    const blocker = await holdShare(database);
    const events: MigrateEvent[] = [];
    const migration = migrate({ url, directory, lockTimeout: 10, onEvent: (event) => events.push(event) });
    await waitUntil('the report', () => events.some(({ type }) => type === 'statement-running'));
    await blocker.release();
    await migration;

    expect(events.find(({ type }) => type === 'statement-running')).toMatchObject({
      tag: '0000_a',
      statement: 1,
      sql: 'alter table a add column x int',
      waitingFor: [{ pid: blocker.pid }],
    });
  });
});

/** A transaction that has read the table and does not end. */
async function holdShare({ url }: Database): Promise<{ pid: number; release(): Promise<void> }> {
  const client = connectTo(url, 1);
  await client.unsafe('begin; select * from a');
  const [row] = await client`select pg_backend_pid() as pid`;
  return {
    pid: row!.pid,
    async release() {
      await client.unsafe('commit');
      await client.end();
    },
  };
}
