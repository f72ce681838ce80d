import { describe, expect, test } from 'vitest';
import {
  type MigrateEvent,
  type MigrateOptions,
  type MigrateResult,
  migrate,
  plan,
  status,
} from '../../src/migrator/index.ts';
import { run } from '../../src/migrator/run.ts';
import { waitUntil } from '../wait-until.ts';
import { createDatabase, type Database, historyOf } from './database.ts';
import { createProject, type Project } from './project.ts';

const FILES = { '0000_a': 'create table a (id int)', '0001_b': 'create table b (id int)' };

/** A build with the first two files, and one that has a third, which comes back as the text of it. */
function createBuilds(third = 'create table c (id int)'): { older: Project; newer: Project } {
  return { older: createProject(FILES), newer: createProject({ ...FILES, '0002_c': third }) };
}

describe('a build whose database a newer one has migrated further', () => {
  test('has nothing to do there, says why, and leaves the rights alone', async () => {
    const database = await createDatabase();
    const { url } = database;
    const { older, newer } = createBuilds();
    await migrate({ url, directory: newer.directory });

    const events: MigrateEvent[] = [];
    const calls: string[] = [];
    const options: MigrateOptions = {
      url,
      directory: older.directory,
      onEvent: (event) => events.push(event),
      afterApply: {
        name: 'rights',
        isNeeded: async () => calls.push('asked') > 0,
        apply: async () => void calls.push('applied'),
      },
    };
    expect(await migrate(options)).toEqual({ applied: [], alreadyApplied: 2, ahead: ['0002_c'] });
    expect(events).toMatchObject([
      { type: 'notice', severity: 'WARNING', message: expect.stringContaining('it has 0002_c as well') },
    ]);
    expect(calls).toEqual([]);
    expect(await migrate({ ...options, dryRun: true })).toMatchObject({ pending: [] });
    expect(await plan(options)).toMatchObject({ pending: 0 });
    expect(await historyOf(database)).toHaveLength(3);
    expect(await status(options)).toMatchObject({ ok: false, migrations: [{}, {}, { state: 'missing-file' }] });
  });

  test.each<[string, (older: Project, database: Database) => unknown]>([
    ['one of its own is pending', ({ add }) => add('0003_d', 'create table d ()')],
    ['one of its own is late', ({ add }) => add('0001_late', 'create table d ()', 1_700_000_001_500)],
    ['one of its own was edited', ({ edit }) => edit('0001_b', 'create table b (id text)')],
    ['one of its own is gone', ({ remove }) => remove('0000_a')],
    ['it has none of its own', ({ remove }) => ['0000_a', '0001_b'].map(remove)],
    [
      'the same was applied twice',
      (_, { sql }) =>
        sql.unsafe(
          'drop index drizzle.__drizzle_migrations_once; insert into drizzle.__drizzle_migrations (hash, created_at) select hash, created_at from drizzle.__drizzle_migrations where id = 1',
        ),
    ],
  ])('is refused where %s', async (_, change) => {
    const database = await createDatabase();
    const { url } = database;
    const { older, newer } = createBuilds();
    await migrate({ url, directory: newer.directory });
    await change(older, database);
    await expect(migrate({ url, directory: older.directory })).rejects.toMatchObject({
      code: 'history_mismatch',
      exit: 3,
    });
  });

  test('may begin with it at the same moment', async () => {
    const { url } = await createDatabase();
    const { older, newer } = createBuilds();
    const builds = [older, newer, older, newer];
    const results = await Promise.all(builds.map(({ directory }) => migrate({ url, directory })));
    const applied = results.flatMap((result) => result.applied.map(({ tag }) => tag));
    expect(applied.toSorted()).toEqual(['0000_a', '0001_b', '0002_c']);
  });

  test('finds that out also after it has waited for the lock', async () => {
    const { url } = await createDatabase();
    const { older, newer } = createBuilds();
    const { directory } = older;
    let late: Promise<MigrateResult> | undefined;
    const events: string[] = [];
    const onFaultPoint = async (name: string) => {
      if (name !== '0000_a: before begin') return;
      late = migrate({ url, directory, onEvent: ({ type }) => events.push(type) });
      await waitUntil('the older one waits', () => events.includes('waiting-for-lock'));
    };
    await run({ url, directory: newer.directory }, { onFaultPoint });
    expect(await late).toEqual({ applied: [], alreadyApplied: 2, ahead: ['0002_c'] });
    expect(events).toEqual(['waiting-for-lock', 'notice']);
  });

  test('starts while the newer one is in the middle of its steps, not after that broke off', async () => {
    const { url } = await createDatabase();
    const { older, newer } = createBuilds('create index concurrently i on a (id); select 1 / 0');
    const { directory } = older;
    await migrate({ url, directory });
    let during: unknown;
    const broken = run(
      { url, directory: newer.directory },
      {
        onFaultPoint: async (name) => {
          if (name === '0002_c: step 1 done') during = await migrate({ url, directory });
        },
      },
    );
    await expect(broken).rejects.toMatchObject({ code: 'migration_failed' });
    expect(during).toEqual({ applied: [], alreadyApplied: 2, ahead: ['0002_c'] });
    await expect(migrate({ url, directory })).rejects.toMatchObject({ code: 'steps_without_file', exit: 3 });
  });
});
