import { afterEach, describe, expect, test } from 'vitest';
import { migrate, status } from '../../src/migrator/index.ts';
import { run } from '../../src/migrator/run.ts';
import { connectTo, createDatabase, type Database } from '../migrator/database.ts';
import { createProject } from '../migrator/project.ts';
import { startRunner } from '../migrator/runner-process.ts';
import { waitUntil } from '../wait-until.ts';
import { hasPgBouncer, type PgBouncer, startPgBouncer } from './pgbouncer.ts';

let bouncer: PgBouncer | undefined;

afterEach(async () => {
  await bouncer?.stop();
  bouncer = undefined;
});

async function pooled(database: Database): Promise<string> {
  bouncer = await startPgBouncer(database.url);
  return bouncer.url;
}

describe.skipIf(!hasPgBouncer())(
  'with PgBouncer in transaction mode between (needs: apt-get install pgbouncer)',
  () => {
    test('migrate is refused with exit 5 and told which URL to give; status works', async () => {
      const database = await createDatabase();
      const url = await pooled(database);
      const { directory } = createProject({ '0000_a': 'create table a (id int)' });

      await expect(migrate({ url, directory })).rejects.toMatchObject({
        code: 'pooler',
        exit: 5,
        hint: expect.stringContaining('DATABASE_URL_DIRECT'),
      });

      expect(await status({ url, directory })).toMatchObject({ pending: 1, ok: true });
      expect(
        await database.sql`select from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())`,
      ).toHaveLength(0);
    });

    test('with allowPooler six racing runners apply each file once, also with a direct one among them', async () => {
      const database = await createDatabase();
      const url = await pooled(database);
      const { directory } = createProject({
        '0000_a': 'create table a (id int)',
        '0001_b': 'insert into a values (1); select pg_sleep(0.3)',
        '0002_c': 'insert into a values (2)',
      });
      const urls = [url, url, url, url, url, database.url];

      const reports = await Promise.all(
        urls.map((each) => startRunner({ url: each, directory, allowPooler: true, lockWait: 60 }).report),
      );

      expect(reports.flatMap(({ error }) => error ?? [])).toEqual([]);
      expect(reports.flatMap(({ result }) => result?.applied.map(({ tag }) => tag) ?? []).sort()).toEqual([
        '0000_a',
        '0001_b',
        '0002_c',
      ]);
      expect(await database.sql`select id from a order by id`).toMatchObject([{ id: 1 }, { id: 2 }]);
      // Nothing stays behind for those who get the server connections next.
      expect(
        await database.sql`select from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())`,
      ).toHaveLength(0);
      expect(await status({ url, directory })).toMatchObject({ pending: 0, ok: true });
    });

    test.each([
      ['create index concurrently i on a (id)', 'cannot be in one transaction'],
      ["alter type mood add value 'ok'; select 'ok'::mood", 'cannot be in one transaction'],
      ['set search_path = other', 'changes settings of the session'],
    ])('%s is refused before anything runs', async (statement, why) => {
      const database = await createDatabase();
      const url = await pooled(database);
      const { directory } = createProject({ '0000_a': 'create table a (id int)', '0001_b': statement });

      await expect(migrate({ url, directory, allowPooler: true })).rejects.toMatchObject({
        code: 'needs_session',
        exit: 5,
        message: expect.stringContaining(why),
      });

      expect(await database.sql`select to_regclass('a') as a`).toMatchObject([{ a: null }]);
    });

    test('a run that is stopped ends its own statement, and nobody else', async () => {
      const database = await createDatabase();
      const url = await pooled(database);
      const { directory } = createProject({ '0000_a': 'create table a (id int)', '0001_b': 'select pg_sleep(6)' });
      await migrate({ url, directory, allowPooler: true, to: '0000_a' });
      const innocent = connectTo(url, 1);
      const stop = new AbortController();
      let theirs: Promise<unknown> = Promise.resolve();
      const asleep = async (seconds: number) =>
        (
          await database.sql`select from pg_stat_activity where datname = current_database() and state = 'active' and wait_event = 'PgSleep'
            and query like ${`%pg_sleep(${seconds})%`}`
        ).length > 0;
      // The server process that looked at the database a moment ago works for somebody else when the transaction
      // begins.
      const onFaultPoint = async (name: string) => {
        if (name !== '0001_b: before begin') return;
        theirs = innocent.unsafe('select pg_sleep(4)').execute();
        await waitUntil('the statement of the other', () => asleep(4));
      };

      const running = run({ url, directory, allowPooler: true, signal: stop.signal }, { onFaultPoint });
      running.catch(() => {});
      await waitUntil('the statement of the migration', () => asleep(6));
      const begun = performance.now();
      stop.abort();

      await expect(running).rejects.toMatchObject({ code: 'aborted' });
      expect(performance.now() - begun).toBeLessThan(2000);
      expect(await asleep(6)).toBe(false);
      await theirs;
      await innocent.end();
      expect(await status({ url, directory })).toMatchObject({ pending: 1, ok: true });
    });

    test('who is in the way is told, though the transaction is on another server process than the connection was before', async () => {
      const database = await createDatabase();
      const url = await pooled(database);
      const { directory } = createProject({
        '0000_a': 'create table held (id int)',
        '0001_b': '-- db: retries=0\nalter table held add column x int',
      });
      await migrate({ url, directory, allowPooler: true, to: '0000_a' });
      const [holder, innocent] = [connectTo(database.url, 1), connectTo(url, 1)];
      await holder.unsafe('begin; lock table held');
      let theirs: Promise<unknown> = Promise.resolve();
      const onFaultPoint = async (name: string) => {
        if (name !== '0001_b: before begin') return;
        theirs = innocent.unsafe('select pg_sleep(1)').execute();
        const asleep = () =>
          database.sql`select from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'`;
        await waitUntil('the statement of the other', async () => (await asleep()).length > 0);
      };

      await expect(run({ url, directory, allowPooler: true, lockTimeout: 3 }, { onFaultPoint })).rejects.toMatchObject({
        code: 'lock_not_available',
        blockers: [{ application: 'the test', query: 'begin; lock table held' }],
      });

      await theirs;
      await Promise.all([holder.end(), innocent.end()]);
    });

    test('a runner that waits too long for another names it, exit 4', async () => {
      const database = await createDatabase();
      const url = await pooled(database);
      const { directory } = createProject({ '0000_a': 'select pg_sleep(3)' });
      const first = migrate({ url: database.url, directory });
      while (
        (await database.sql`select from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()`)
          .length === 0
      );

      await expect(migrate({ url, directory, allowPooler: true, lockWait: 0.5 })).rejects.toMatchObject({
        code: 'migration_locked',
        exit: 4,
        message: expect.stringContaining('db migrate'),
      });

      await first;
    });
  },
);
