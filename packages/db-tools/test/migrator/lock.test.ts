import { describe, expect, test } from 'vitest';
import { lockHolder, type MigrateEvent, migrate, unlock } from '../../src/migrator/index.ts';
import { waitUntil } from '../wait-until.ts';
import { connectTo, createDatabase, createRole, type Database } from './database.ts';
import { createProject } from './project.ts';

describe('the migration lock', () => {
  test('is held for the whole run; who waits too long is told who holds it, exit 4; unlock ends it', async () => {
    const database = await createDatabase();
    const { url } = database;
    const { directory } = createProject({ '0000_a': 'create table a ()', '0001_slow': 'select pg_sleep(60)' });
    const slow = migrate({ url, directory, applicationName: 'the slow one' }).catch((error: unknown) => error);
    await sleeping(database);

    const events: MigrateEvent[] = [];
    const waiting = migrate({ url, directory, lockWait: 1.5, onEvent: (event) => events.push(event) });
    await expect(waiting).rejects.toMatchObject({
      code: 'migration_locked',
      exit: 4,
      message: expect.stringMatching(
        /Process \d+ \(the slow one, user \w+\) holds it, connected since \d+ s, now at: select pg_sleep\(60\)/,
      ),
    });
    expect(events).toMatchObject([{ type: 'waiting-for-lock', holder: { application: 'the slow one' } }]);

    const holder = await lockHolder({ url, directory });
    expect(holder).toMatchObject({ application: 'the slow one', query: 'select pg_sleep(60)' });
    await expect(unlock({ url, directory }, 1)).rejects.toMatchObject({ code: 'not_the_holder', exit: 4 });
    await unlock({ url, directory }, holder!.pid);
    expect(await slow).toMatchObject({ code: 'connection_lost', exit: 1, statement: 1, tag: '0001_slow' });
    await waitUntil('the lock is free', async () => (await lockHolder({ url, directory })) === undefined);
  });

  test('is given back also where migrate acts as the owner, a role that may end nobody', async () => {
    const database = await createDatabase();
    const { sql } = database;
    const { role: owner } = await createRole(database);
    const { role, url } = await createRole(database);
    const name = new URL(url).pathname.slice(1);
    await sql.unsafe(
      `grant ${owner} to ${role}; alter role ${role} in database ${name} set role ${owner}; alter database ${name} owner to ${owner}`,
    );
    const { directory } = createProject({ '0000_slow': 'select pg_sleep(60)' });
    const slow = migrate({ url, directory }).catch((error: unknown) => error);
    await sleeping(database);

    await unlock({ url, directory }, (await lockHolder({ url, directory }))!.pid);

    expect(await slow).toMatchObject({ code: 'connection_lost' });
    await sql.unsafe(`alter database ${name} owner to current_user; drop owned by ${owner}`);
  });

  test('is not needed when there is nothing to do', async () => {
    const database = await createDatabase();
    const { url } = database;
    const project = createProject({ '0000_a': 'create table a ()' });
    await migrate({ url, directory: project.directory });
    const other = createProject({ '0000_a': 'create table a ()' });
    other.add('0001_slow', 'select pg_sleep(60)');
    const slow = migrate({ url, directory: other.directory }).catch(() => {});
    await sleeping(database);

    expect(await migrate({ url, directory: project.directory, lockWait: 0 })).toEqual({
      applied: [],
      alreadyApplied: 1,
    });

    await unlock({ url, directory: other.directory }, (await lockHolder({ url, directory: other.directory }))!.pid);
    await slow;
  });

  test('a run that is stopped by its caller ends its statement and keeps nothing of the file', async () => {
    const database = await createDatabase();
    const { url, sql } = database;
    const { directory } = createProject({ '0000_slow': 'create table a (); select pg_sleep(60)' });
    const controller = new AbortController();
    const run = migrate({ url, directory, signal: controller.signal });
    run.catch(() => {});
    await sleeping(database);

    controller.abort();

    await expect(run).rejects.toMatchObject({ code: 'aborted', exit: 1 });
    expect(await sql`select to_regclass('a') as a`).toMatchObject([{ a: null }]);
  });

  test('a run that is stopped while it waits for another says so', async () => {
    const database = await createDatabase();
    const { url, sql } = database;
    const { directory } = createProject({ '0000_slow': 'select pg_sleep(60)' });
    const slow = migrate({ url, directory }).catch(() => {});
    await sleeping(database);
    const controller = new AbortController();
    const waiting = migrate({ url, directory, signal: controller.signal, onEvent: () => controller.abort() });

    await expect(waiting).rejects.toMatchObject({ code: 'aborted', exit: 1 });

    await sql`select pg_terminate_backend(${(await lockHolder({ url, directory }))!.pid})`;
    await slow;
  });

  // A waiting pg_advisory_lock() would hold a snapshot, for which the build waits: a deadlock, every time.
  test('a waiting runner and a concurrent build do not deadlock', async () => {
    const database = await createDatabase();
    const { url, sql } = database;
    await sql.unsafe('create table big as select generate_series(1, 1000) as id');
    const { directory } = createProject({ '0000_index': 'create index concurrently big_id on big (id)' });
    const blocker = connectTo(url, 1);
    await blocker.unsafe('begin; insert into big values (0)');
    const runs = Array.from({ length: 3 }, () => migrate({ url, directory, lockWait: 30 }));
    await waitUntil('the build waits for the transaction', () => building(database));

    await blocker.unsafe('commit');
    await blocker.end();

    const results = await Promise.all(runs);
    expect(results.flatMap(({ applied }) => applied)).toHaveLength(1);
    expect(await sql`select indisvalid from pg_index where indexrelid = 'big_id'::regclass`).toMatchObject([
      { indisvalid: true },
    ]);
  });
});

async function sleeping({ sql }: Database): Promise<void> {
  await waitUntil(
    'the migration sleeps',
    async () =>
      (await sql`select from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'`).length >
      0,
  );
}

async function building({ sql }: Database): Promise<boolean> {
  const [row] = await sql`select count(*)::int as waiting from pg_stat_activity
    where datname = current_database() and query like 'create index concurrently%' and wait_event_type = 'Lock'`;
  return row?.waiting > 0;
}
