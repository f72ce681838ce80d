import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { testDown } from '../../src/revert/test-down.ts';
import { createProject as createCliProject } from '../cli/project.ts';
import { createProject, type Project } from '../migrator/project.ts';

// Each step is a process, and a loaded machine starts them slowly.
vi.setConfig({ testTimeout: 120_000 });

const env = { TEST_DATABASE_URL: process.env.TEST_DATABASE_URL! };

test('up, down and up again are proved, steps included; what has no way back is named', async () => {
  const project = createProject({
    '0000_a': 'create table a (id int)',
    '0001_b':
      "create type mood as enum ('ok'); create table b (id int primary key, mood mood); create index concurrently i on b (mood)",
    '0002_c': 'alter table b drop mood',
    '0003_d': 'alter table a add name text',
  });
  down(
    project,
    '0001_b',
    'drop index concurrently i;\n--> statement-breakpoint\ndrop table b;\n--> statement-breakpoint\ndrop type mood',
  );
  down(project, '0002_c', '-- db: irreversible reason=the moods are gone\n');
  down(project, '0003_d', 'alter table a drop name');
  expect(await prove(project)).toEqual([
    { tag: '0000_a', outcome: 'missing' },
    { tag: '0001_b', outcome: 'proved' },
    { tag: '0002_c', outcome: 'irreversible', reason: 'the moods are gone' },
    { tag: '0003_d', outcome: 'proved' },
  ]);
});

test('what a down file leaves behind is shown with the SQL that is missing from it, and the next one is tested all the same', async () => {
  const project = createProject({
    '0000_a': 'create table a (id int); create index i on a (id)',
    '0001_b': 'create table b (id int)',
  });
  down(project, '0000_a', 'drop index i');
  down(project, '0001_b', 'drop table b');
  expect(await prove(project)).toMatchObject([
    {
      tag: '0000_a',
      outcome: 'failed',
      step: 'down',
      differences: [{ change: 'extra', kind: 'table', name: 'public.a' }],
      sql: ['DROP TABLE public.a'],
    },
    { tag: '0001_b', outcome: 'proved' },
  ]);
});

test.each([
  ['fails', 'drop table nothing', { step: 'down', message: expect.stringContaining('"nothing" does not exist') }],
  [
    'drops too much',
    'drop table b; drop table a',
    { step: 'down', differences: [{ change: 'missing', name: 'public.a' }] },
  ],
])('a down file that %s is told', async (_, sql, failure) => {
  const project = createProject({ '0000_a': 'create table a ()', '0001_b': 'create table b ()' });
  down(project, '0001_b', sql);
  expect(await prove(project, ['0001_b'])).toMatchObject([{ tag: '0001_b', outcome: 'failed', ...failure }]);
});

test('from the first down file on, every migration needs one', async () => {
  const project = createProject({ '0000_a': 'create table a ()', '0001_b': 'create table b ()' });
  down(project, '0000_a', 'drop table a');
  expect(await prove(project)).toMatchObject([
    { outcome: 'proved' },
    { tag: '0001_b', outcome: 'failed', step: 'down' },
  ]);
});

test('a column that comes back at the end is as good as before', async () => {
  const project = createProject({ '0000_a': 'create table a (x int, y int)', '0001_b': 'alter table a drop x' });
  down(project, '0001_b', 'alter table a add x int');
  expect(await prove(project, ['0001_b'])).toEqual([{ tag: '0001_b', outcome: 'proved' }]);
});

describe('the verbs', () => {
  let project: ReturnType<typeof createCliProject>;
  afterEach(() => project.remove());

  test('test-down proves what is pending and exits 3 otherwise; revert undoes it once it is confirmed', async () => {
    project = createCliProject();
    await project.db(['prepare']);
    await project.db(['generate', '--custom', '--name', 'add_extra']);
    project.write('migrations/0001_add_extra.sql', 'create table extra (id int)');
    project.write('migrations/0001_add_extra.down.sql', 'select 1');
    const failed = await project.db(['test-down', '--json'], { env });
    expect(failed.exit).toBe(3);
    expect(failed.json).toMatchObject({
      error: { code: 'down_failed' },
      migrations: [{ tag: '0001_add_extra', sql: ['DROP TABLE public.extra'] }],
    });
    project.write('migrations/0001_add_extra.down.sql', 'drop table extra');
    const proved = await project.db(['test-down', '--json'], { env });
    expect(proved.exit).toBe(0);
    expect(proved.json.migrations).toEqual([{ tag: '0001_add_extra', outcome: 'proved' }]);

    await project.db(['migrate']);
    const planned = await project.db(['revert', '--dry-run', '--json']);
    expect(planned.json).toMatchObject({
      reverted: [],
      planned: [{ tag: '0001_add_extra', statements: ['drop table extra'] }],
    });
    const unconfirmed = await project.db(['revert', '--json']);
    expect(unconfirmed.exit).toBe(2);
    expect(unconfirmed.json.error).toMatchObject({ code: 'confirmation_missing', hint: 'pnpm db revert --yes' });
    expect(await project.query("select to_regclass('extra') as t")).toEqual([{ t: 'extra' }]);
    const reverted = await project.db(['revert', '--yes', '--json']);
    expect(reverted.exit).toBe(0);
    expect(reverted.json).toMatchObject({ reverted: [{ tag: '0001_add_extra' }], applied: 1 });
    expect(await project.query("select to_regclass('extra') as t")).toEqual([{ t: null }]);
    const shared = await project.db(['revert', '--yes', '--json'], { env: { NODE_ENV: 'production' } });
    expect(shared.exit).not.toBe(0);
    expect((await project.db(['revert', '2', '--to', '0000_init', '--json'])).json.error.code).toBe('usage');
  });
});

function prove({ directory }: Project, tags?: string[]) {
  const config = {
    file: '',
    root: directory,
    database: 'x',
    migrations: directory,
    migrationsTable: { schema: 'drizzle', table: '__drizzle_migrations' },
    schema: '',
    seeds: {},
    localPostgres: { directory: '' },
  };
  return testDown({ config, env, ...(tags ? { tags } : {}) });
}

function down({ directory }: Project, tag: string, sql: string): void {
  writeFileSync(join(directory, `${tag}.down.sql`), sql);
}
