import { describe, expect, test } from 'vitest';
import { type MigrateEvent, migrate, plan, repair, status } from '../../src/migrator/index.ts';
import { waitUntil } from '../wait-until.ts';
import { connectTo, createDatabase, type Database } from './database.ts';
import { createProject } from './project.ts';
import { startRunner } from './runner-process.ts';

/** Everything that a file of steps can contain. */
const STEPS = `insert into a values (1);
  create index concurrently a_id on a (id);
  alter type mood add value 'ok';
  insert into a select 2 where 'ok'::mood = 'ok';
  vacuum a;
  drop index concurrently a_other;
  reindex table concurrently a;
  insert into a values (3);`;

const FIRST = "create table a (id int); create type mood as enum ('sad'); create index a_other on a (id)";

describe('a file of steps', () => {
  test('commits what it can, and leaves nothing but the history row', async () => {
    const { url, sql } = await createDatabase();
    const { directory } = createProject({ '0000_a': FIRST, '0001_steps': STEPS });

    await migrate({ url, directory });

    expect(await sql`select id from a order by id`).toMatchObject([{ id: 1 }, { id: 2 }, { id: 3 }]);
    expect(await sql`select * from drizzle.__drizzle_migrations_steps`).toHaveLength(0);
    expect(await status({ url, directory })).toMatchObject({
      pending: 0,
      ok: true,
      migrations: [{}, { state: 'applied', ms: expect.any(Number) }],
    });
  });

  test('that fails is partial, tells what is committed, and goes on behind it', async () => {
    const { url, sql } = await createDatabase();
    const project = createProject({ '0000_a': FIRST, '0001_steps': `${STEPS} select nope;` });
    const { directory } = project;

    await expect(migrate({ url, directory })).rejects.toMatchObject({
      statement: 9,
      committed: expect.stringContaining('up to number 7 are committed'),
    });
    expect(await status({ url, directory })).toMatchObject({
      ok: true,
      pending: 1,
      migrations: [{}, { state: 'partial' }],
    });
    const [planned] = (await plan({ url, directory })).migrations;
    expect(planned!.statements.map(({ done }) => done)).toEqual([
      true,
      true,
      true,
      true,
      true,
      true,
      true,
      false,
      false,
    ]);

    project.edit('0001_steps', STEPS.replace('values (1)', 'values (100)'));
    await expect(migrate({ url, directory })).rejects.toMatchObject({
      code: 'step_changed',
      exit: 3,
      details: { statement: 1 },
    });
    project.edit('0001_steps', STEPS);
    await migrate({ url, directory });
    expect(await sql`select id from a order by id`).toMatchObject([{ id: 1 }, { id: 2 }, { id: 3 }]);
  });
});

describe('a process that is killed', () => {
  // The numbers are those of the fault points of a one-statement file: begin, begun, statement ran, before commit,
  // committed.
  test.each([0, 1, 2, 3, 4])('at point %i of a transaction leaves all of the file or nothing', async (killAt) => {
    const { url, sql } = await createDatabase();
    const { directory } = createProject({ '0000_a': 'create table a as select 1 as id' });

    const { signal } = await startRunner({ url, directory, killAt }).ended;

    expect(signal).toBe('SIGKILL');
    await migrate({ url, directory });
    expect(await sql`select id from a`).toMatchObject([{ id: 1 }]);
    expect(await sql`select count(*)::int from drizzle.__drizzle_migrations`).toMatchObject([{ count: 1 }]);
  });
});

describe('a concurrent index build', () => {
  test('that was terminated leaves an INVALID index, which the next run drops and builds again', async () => {
    const database = await createDatabase();
    const { url, sql } = database;
    await sql.unsafe('create table a as select generate_series(1, 1000) as id');
    const { directory } = createProject({ '0000_index': 'create index concurrently a_id on a (id)' });
    const blocker = connectTo(url, 1);
    await blocker.unsafe('begin; insert into a values (0)');
    const run = migrate({ url, directory }).catch((error: unknown) => error);
    const pid = await buildPid(database);
    await sql`select pg_terminate_backend(${pid})`;

    expect(await run).toMatchObject({ code: 'connection_lost', exit: 1 });
    expect(await validity(database)).toEqual([false]);
    await blocker.unsafe('rollback');
    await blocker.end();

    const events: MigrateEvent[] = [];
    await migrate({ url, directory, onEvent: (event) => events.push(event) });
    expect(events).toContainEqual({ type: 'step-recovered', tag: '0000_index', statement: 1, outcome: 'not-done' });
    expect(await validity(database)).toEqual([true]);
  });

  test('that does not get its lock is cleaned up and tried again', async () => {
    const database = await createDatabase();
    const { url, sql } = database;
    await sql.unsafe('create table a as select generate_series(1, 1000) as id');
    const { directory } = createProject({
      '0000_index': '-- db: lock_timeout=300ms\ncreate index concurrently on a (id)',
    });
    const blocker = connectTo(url, 1);
    await blocker.unsafe('begin; insert into a values (0)');
    const events: MigrateEvent[] = [];
    const run = migrate({ url, directory, onEvent: (event) => events.push(event) });
    await waitUntil('two retries', () => events.filter(({ type }) => type === 'retry').length >= 2);
    await blocker.unsafe('commit');
    await blocker.end();

    await run;
    expect(events.find(({ type }) => type === 'retry')).toMatchObject({
      code: '55P03',
      blockers: [{ application: 'the test' }],
    });
    expect(await validity(database)).toEqual([true]);
  });

  test('that finds a duplicate key fails at once and leaves no index', async () => {
    const database = await createDatabase();
    const { url, sql } = database;
    await sql.unsafe('create table a as select 1 as id from generate_series(1, 2)');
    const { directory } = createProject({ '0000_index': 'create unique index concurrently a_id on a (id)' });

    await expect(migrate({ url, directory })).rejects.toMatchObject({ sqlState: '23505', statement: 1 });

    expect(await validity(database)).toEqual([]);
    expect(await sql`select * from drizzle.__drizzle_migrations_steps`).toHaveLength(0);
    await sql`delete from a where ctid = '(0,1)'`;
    await migrate({ url, directory });
    expect(await validity(database)).toEqual([true]);
  });

  test('does not take an INVALID index of somebody else for its own, and does not drop it', async () => {
    const database = await createDatabase();
    const { url, sql } = database;
    await sql.unsafe('create table a as select 1 as id from generate_series(1, 2)');
    await sql.unsafe('create unique index concurrently a_id on a (id)').catch(() => {});
    const { directory } = createProject({ '0000_index': 'create index concurrently if not exists a_id on a (id)' });

    await expect(migrate({ url, directory })).rejects.toMatchObject({
      code: 'index_invalid',
      hint: expect.stringContaining('drop index concurrently public.a_id'),
    });

    expect(await validity(database)).toEqual([false]);
  });

  test('without a name is told from the other indexes of its table, valid and INVALID', async () => {
    const database = await createDatabase();
    const { url, sql } = database;
    await sql.unsafe('create table a as select 1 as id from generate_series(1, 2); create index a_valid on a (id)');
    await sql.unsafe('create unique index concurrently a_invalid on a (id)').catch(() => {});
    const { directory } = createProject({ '0000_index': 'create index concurrently on a ((id + 1))' });
    const blocker = connectTo(url, 1);
    await blocker.unsafe('begin; insert into a values (0)');
    const run = migrate({ url, directory }).catch((error: unknown) => error);
    const pid = await buildPid(database);
    await sql`select pg_terminate_backend(${pid})`;
    await run;
    await blocker.unsafe('rollback');
    await blocker.end();
    expect(await validity(database)).toEqual([true, false, false]);

    await migrate({ url, directory });

    expect(await validity(database)).toEqual([true, false, true]);
  });

  test('that still runs when its client is gone is waited for, and taken over', async () => {
    const database = await createDatabase();
    const { url, sql } = database;
    await sql.unsafe('create table a as select generate_series(1, 1000) as id');
    const { directory } = createProject({ '0000_index': 'create index concurrently a_id on a (id)' });
    const blocker = connectTo(url, 1);
    await blocker.unsafe('begin; insert into a values (0)');
    const first = startRunner({ url, directory });
    await buildPid(database);
    first.child.kill('SIGKILL');
    await first.ended;

    const events: MigrateEvent[] = [];
    const second = migrate({ url, directory, onEvent: (event) => events.push(event) });
    await waitUntil('the second waits for the lock', () => events.some(({ type }) => type === 'waiting-for-lock'));
    await blocker.unsafe('commit');
    await blocker.end();

    expect(await second).toMatchObject({ applied: [{ tag: '0000_index' }] });
    expect(events).toContainEqual({ type: 'step-recovered', tag: '0000_index', statement: 1, outcome: 'done' });
    expect(await validity(database)).toEqual([true]);
  });

  test("that did not get its lock does not wait for somebody else's build on the table", async () => {
    const database = await createDatabase();
    const { url, sql } = database;
    await sql.unsafe('create table a as select generate_series(1, 1000) as id');
    const { directory } = createProject({ '0000_index': '-- db: retries=0\ncreate index concurrently a_id on a (id)' });
    const [writer, other] = [connectTo(url, 1), connectTo(url, 1)];
    await writer.unsafe('begin; insert into a values (0)');
    const theirs = other.unsafe('create index concurrently theirs on a (id)').execute();
    await buildPid(database);

    await expect(migrate({ url, directory, lockTimeout: 0.3 })).rejects.toMatchObject({ code: 'lock_not_available' });

    await writer.unsafe('commit');
    await theirs;
    await Promise.all([writer.end(), other.end()]);
    expect(await migrate({ url, directory })).toMatchObject({ applied: [{ tag: '0000_index' }] });
    expect(await validity(database)).toEqual([true, true]);
  });

  test('reports how far it is', async () => {
    const database = await createDatabase();
    const { url, sql } = database;
    await sql.unsafe('create table a as select generate_series(1, 1000) as id');
    const { directory } = createProject({ '0000_index': 'create index concurrently a_id on a (id)' });
    const blocker = connectTo(url, 1);
    await blocker.unsafe('begin; insert into a values (0)');
    const events: MigrateEvent[] = [];
    const run = migrate({ url, directory, onEvent: (event) => events.push(event) });
    await waitUntil('a report', () => events.some(({ type }) => type === 'statement-running'));
    await blocker.unsafe('commit');
    await blocker.end();
    await run;

    expect(events.find(({ type }) => type === 'statement-running')).toMatchObject({
      progress: { phase: 'waiting for writers before build' },
      waitingFor: [{ application: 'the test' }],
    });
  });
});

test('a statement of which nobody can tell whether it ran is for a person to settle', async () => {
  const { url, sql } = await createDatabase();
  await sql.unsafe('create table a (id int); create procedure p() language sql as $$ insert into a values (1) $$');
  const { directory } = createProject({ '0000_call': '-- db: transaction=none\ncall p();' });
  // Points: before step, step running, statement ran.
  await startRunner({ url, directory, killAt: 2 }).ended;

  await expect(migrate({ url, directory })).rejects.toMatchObject({
    code: 'step_unknown',
    exit: 3,
    hint: expect.stringContaining('--step 0000_call:1 --as done'),
  });
  expect(await repair({ url, directory }, { kind: 'step', tag: '0000_call', statement: 1, as: 'done' })).toEqual({
    changes: ['Statement 1 of 0000_call counts as done.'],
  });
  await migrate({ url, directory });

  expect(await sql`select id from a`).toHaveLength(1);
});

test.each([
  ['drop index concurrently nope', '42704'],
  ['create index concurrently i on nope (id)', '42P01'],
  ['alter table a detach partition nope concurrently', '42P01'],
])('%s fails every time: what was never there is not taken for dropped', async (statement, sqlState) => {
  const { url, sql } = await createDatabase();
  await sql.unsafe('create table a (id int) partition by list (id)');
  const { directory } = createProject({ '0000_typo': statement });

  await expect(migrate({ url, directory })).rejects.toMatchObject({ sqlState });
  await expect(migrate({ url, directory })).rejects.toMatchObject({ sqlState });
});

test('a detached partition, of which only the first half was done, is finished', async () => {
  const { url, sql } = await createDatabase();
  await sql.unsafe('create table a (id int) partition by list (id); create table a1 partition of a for values in (1)');
  const { directory } = createProject({
    '0000_detach': '-- db: lock_timeout=200ms retries=0\nalter table a detach partition a1 concurrently',
  });
  const reader = connectTo(url, 1);
  await reader.unsafe('begin; select * from a');
  await expect(migrate({ url, directory })).rejects.toMatchObject({ sqlState: '55P03' });
  expect(await sql`select inhdetachpending from pg_inherits`).toMatchObject([{ inhdetachpending: true }]);
  await reader.unsafe('commit');
  await reader.end();

  await migrate({ url, directory });

  expect(await sql`select from pg_inherits`).toHaveLength(0);
});

test('the leftovers of a broken REINDEX CONCURRENTLY are dropped, and it runs again', async () => {
  const database = await createDatabase();
  const { url, sql } = database;
  await sql.unsafe('create table a as select generate_series(1, 1000) as id; create index a_id on a (id)');
  const { directory } = createProject({ '0000_reindex': 'reindex table concurrently a' });
  const blocker = connectTo(url, 1);
  await blocker.unsafe('begin; insert into a values (0)');
  const run = migrate({ url, directory }).catch((error: unknown) => error);
  const pid = await waitUntil(
    'the reindex waits',
    async () =>
      (await sql`select pid from pg_stat_activity where query like 'reindex%' and wait_event_type = 'Lock'`)[0]?.pid,
  );
  await sql`select pg_terminate_backend(${pid})`;
  await run;
  await blocker.unsafe('rollback');
  await blocker.end();
  expect((await validity(database)).length).toBe(2);

  await migrate({ url, directory });

  expect(await validity(database)).toEqual([true]);
});

async function buildPid({ sql }: Database): Promise<number> {
  return waitUntil('the build waits for the transaction', async () => {
    const [row] =
      await sql`select pid from pg_stat_activity where datname = current_database() and query like '%create%index concurrently%' and wait_event_type = 'Lock'`;
    return row?.pid as number | undefined;
  });
}

async function validity({ sql }: Database): Promise<boolean[]> {
  const rows = await sql`select indisvalid from pg_index where indrelid = 'a'::regclass order by indexrelid`;
  return rows.map((row) => row.indisvalid as boolean);
}
