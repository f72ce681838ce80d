import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { toTarget } from '../../src/connection/target.ts';
import { findDrift } from '../../src/drift/find-drift.ts';
import { requireSameMajor } from '../../src/drift/scratch-server.ts';
import { migrate, repair } from '../../src/migrator/index.ts';
import { createProject as createCliProject } from '../cli/project.ts';
import { createDatabase, type Database } from '../migrator/database.ts';
import { createProject, type Project } from '../migrator/project.ts';

// Each step is a process, and a loaded machine starts them slowly.
vi.setConfig({ testTimeout: 120_000 });

const env = { TEST_DATABASE_URL: process.env.TEST_DATABASE_URL! };
let database: Database;
beforeEach(async () => {
  database = await createDatabase();
});

test('a migrated database has no drift, with rows and statistics in it', async () => {
  const project = createProject({
    '0000_a': 'create table t (id serial primary key, name text not null)',
    '0001_b':
      "create type mood as enum ('ok'); alter table t add mood mood default 'ok'; create index concurrently i on t (mood)",
  });
  await migrateAll(project);
  await database.sql`insert into t (name) values ('x')`;
  await database.sql`analyze`;
  expect(await drift(project)).toEqual({
    differences: [],
    notes: [],
    toMigrations: [],
    toTarget: [],
    pending: [],
    last: '0001_b',
  });
});

test('our own migrations have none, and the SQL makes an empty database of them', async ({ skip }) => {
  if ((await majorVersion()) < 18) skip('our schema needs PostgreSQL 18');
  const config = { ...(await loadConfig({ cwd: join(import.meta.dirname, '../../../db') })), access: undefined };
  const { applied } = await migrate({ url: database.url, directory: config.migrations });
  const to = applied.at(-1)!.tag;
  expect((await findDrift({ config, env, target: toTarget(database.url, 'test') })).differences).toEqual([]);

  const empty = await createDatabase();
  const target = toTarget(empty.url, 'test');
  const { toMigrations, toTarget: back } = await findDrift({ config, env, target, to });
  for (const statement of toMigrations) await empty.sql.unsafe(statement);
  expect((await findDrift({ config, env, target, to })).differences).toEqual([]);
  for (const statement of back) await empty.sql.unsafe(statement);
  expect((await findDrift({ config, env, target })).differences).toEqual([]);
});

test('what somebody changed by hand is found, and the SQL of either way undoes the difference', async () => {
  const project = createProject({
    '0000_a': 'create table t (id int primary key, name text); create index i on t (name)',
  });
  await migrateAll(project);
  await database.sql.unsafe(
    'drop index i; alter table t add extra int; alter table t alter name set not null; create view v as select id from t',
  );

  const found = await drift(project);
  expect(found.differences.map(({ change, kind, name }) => `${change} ${kind} ${name}`)).toEqual([
    'different column public.t.name',
    'missing index public.i',
    'extra column public.t.extra',
    'extra view public.v',
  ]);
  expect(found.differences[0]!.properties).toEqual({ notNull: { migrations: null, target: 'valid' } });

  project.add('0001_adopt', found.toTarget.join(';\n'));
  await migrateAll(project, { adopt: '0001_adopt' });
  expect((await drift(project)).differences).toEqual([]);
});

test('the SQL for the target makes it what its migrations make', async () => {
  const project = createProject({
    '0000_a': "create type mood as enum ('a', 'c'); create table t (id int, mood mood)",
  });
  await migrateAll(project);
  await database.sql.unsafe('alter table t alter id type bigint; alter table t drop mood; drop type mood');
  for (const statement of (await drift(project)).toMigrations) await database.sql.unsafe(statement);
  expect((await drift(project)).differences).toEqual([]);
});

test('what is pending is said, and is no drift', async () => {
  const project = createProject({ '0000_a': 'create table a ()', '0001_b': 'create table b ()' });
  await migrate({ url: database.url, directory: project.directory, to: '0000_a' });
  expect(await drift(project)).toMatchObject({ differences: [], pending: ['0001_b'], last: '0000_a' });
});

test('a database without a history can be compared with what a migration leads to', async () => {
  const project = createProject({ '0000_a': 'create table a ()', '0001_b': 'create table b ()' });
  await database.sql`create table a ()`;
  expect(await drift(project, { to: '0000_a' })).toMatchObject({ differences: [], last: '0000_a' });
  expect((await drift(project)).differences).toMatchObject([{ change: 'extra', kind: 'table', name: 'public.a' }]);
});

test('another order of columns is a remark', async () => {
  const project = createProject({ '0000_a': 'create table t (a int, b int)' });
  await migrateAll(project);
  await database.sql`alter table t drop a, add a int`;
  expect(await drift(project)).toMatchObject({
    differences: [],
    notes: ['The columns of public.t are in another order: b, a instead of a, b.'],
  });
});

test('the migration tables are none of the schema, wherever they are', async () => {
  const project = createProject({ '0000_a': 'create table a ()' });
  const table = { schema: 'public', table: 'our_migrations' };
  await migrate({ url: database.url, directory: project.directory, table });
  expect((await drift(project, {}, table)).differences).toEqual([]);
  await database.sql`create table public.our_migrations_2 ()`;
  expect((await drift(project, {}, table)).differences).toMatchObject([
    { change: 'extra', name: 'public.our_migrations_2' },
  ]);
});

test('what the settings of the target make of an unqualified name or a time, they do on the scratch server too', async () => {
  const project = createProject({
    '0000_schema': 'create schema elsewhere',
    '0001_table': "create table t (at timestamptz default '2020-01-01 12:00')",
  });
  const url = new URL(database.url);
  url.searchParams.set('options', '-c timezone=Asia/Tokyo -c search_path=elsewhere');
  await migrate({ url: url.href, directory: project.directory });
  expect(await database.sql`select from pg_tables where schemaname = 'elsewhere'`).toHaveLength(1);
  expect((await drift(project, {}, undefined, url.href)).differences).toEqual([]);
});

test('a scratch server of another major version is refused', async () => {
  const server = { url: env.TEST_DATABASE_URL, name: 'the scratch server', stays: true, stop: async () => {} };
  const version = ((await majorVersion()) - 1) * 10_000 + 4;
  await expect(requireSameMajor(server, { name: 'localhost/app', version })).rejects.toMatchObject({
    code: 'other_version',
    exit: 2,
    hint: expect.stringContaining('TEST_DATABASE_URL'),
  });
  await expect(requireSameMajor(server, { name: 'localhost/app', version: version + 10_001 })).resolves.toBeUndefined();
});

test('roles that migrations name and the scratch server lacks are created there', async ({ skip }) => {
  if ((await majorVersion()) < 18) skip('the throw-away server is PostgreSQL 18');
  const roles = ['drift_missing_a', 'drift "missing" b'];
  const project = createProject({
    '0000_a': `create table t (); grant select on t to ${roles[0]}; alter table t enable row level security; create policy p on t to "drift ""missing"" b" using (true)`,
  });
  const created: string[] = [];
  // On the throw-away server, with which they go.
  const found = await drift(project, { to: '0000_a', env: {}, onRole: (role) => created.push(role) });
  expect(created).toEqual(roles);
  expect(found.differences.map(({ name }) => name)).toEqual(['public.t']);
});

test('owners are compared when asked for, and whoever migrates is the same everywhere', async () => {
  const project = createProject({ '0000_a': 'create table t (); create view v as select 1 as one' });
  await migrateAll(project);
  expect((await drift(project, { owners: true })).differences).toEqual([]);
  await database.sql`alter view v owner to pg_database_owner`;
  expect((await drift(project)).differences).toEqual([]);
  const { differences, toMigrations } = await drift(project, { owners: true });
  expect(differences).toMatchObject([{ change: 'different', kind: 'owner', name: 'VIEW public.v' }]);
  expect(toMigrations).toEqual(['ALTER VIEW public.v OWNER TO CURRENT_USER']);
});

test.each([
  [
    'a file was edited',
    (project: Project) => project.edit('0000_a', 'create table a (b int)'),
    '0000_a.sql was changed',
  ],
  ['a file is gone', (project: Project) => project.remove('0001_b'), '0001_b'],
])('nothing is compared when %s', async (_, change, message) => {
  const project = createProject({ '0000_a': 'create table a ()', '0001_b': 'create table b ()' });
  await migrateAll(project);
  change(project);
  await expect(drift(project)).rejects.toMatchObject({
    code: 'history_mismatch',
    exit: 3,
    message: expect.stringContaining(message),
  });
});

test('scratch databases go, also when a migration fails', async () => {
  const project = createProject({ '0000_a': 'create table a ()', '0001_b': 'select 1 / 0' });
  await expect(drift(project, { to: '0001_b' })).rejects.toMatchObject({ code: 'migration_failed' });
  const left =
    await database.sql`select datname from pg_database where datname like 'db_test_%\_t\_%' and datallowconn`;
  expect(left).toHaveLength(0);
});

describe('the verb', () => {
  let project: ReturnType<typeof createCliProject>;
  afterEach(() => project.remove());

  test('tells what differs, the SQL both ways, and exits 3; 0 where nothing does', async () => {
    project = createCliProject();
    await project.db(['prepare']);
    const clean = await project.db(['drift', '--json'], { env });
    expect(clean.exit).toBe(0);
    expect(clean.json).toMatchObject({ ok: true, comparedWith: '0000_init', pending: [], differences: [] });

    await project.query('alter table sales.orders drop column note');
    const { exit, json, stderr } = await project.db(['drift', '--json'], { env });
    expect(exit).toBe(3);
    expect(json).toMatchObject({ ok: false, error: { code: 'drift' } });
    expect(json.differences.map(({ change, name }: { change: string; name: string }) => `${change} ${name}`)).toEqual([
      'missing sales.orders.note',
      'missing sales.orders.orders_country_code_note_unique',
    ]);
    expect(json.sql.toMigrations).toEqual([
      'ALTER TABLE sales.orders ADD COLUMN note text',
      'ALTER TABLE sales.orders ADD CONSTRAINT orders_country_code_note_unique UNIQUE (country_code, note)',
    ]);
    expect(json.sql.toTarget).toEqual([
      'ALTER TABLE sales.orders DROP CONSTRAINT orders_country_code_note_unique',
      'ALTER TABLE sales.orders DROP COLUMN note',
    ]);
    expect(stderr).toContain('ALTER TABLE sales.orders ADD COLUMN note text;');
  });
});

async function majorVersion(): Promise<number> {
  const [{ version }] = await database.sql<
    [{ version: number }]
  >`select current_setting('server_version_num')::int as version`;
  return Math.floor(version / 10_000);
}

function migrateAll({ directory }: Project, { adopt }: { adopt?: string } = {}): Promise<unknown> {
  const options = { url: database.url, directory };
  return adopt ? repair(options, { kind: 'mark-applied', tag: adopt }) : migrate(options);
}

function drift(
  { directory }: Project,
  options: Partial<Parameters<typeof findDrift>[0]> = {},
  migrationsTable = { schema: 'drizzle', table: '__drizzle_migrations' },
  url = database.url,
) {
  const config = {
    file: '',
    root: directory,
    database: 'x',
    migrations: directory,
    migrationsTable,
    schema: '',
    seeds: {},
    localPostgres: { directory: '' },
  };
  return findDrift({ config, env, target: toTarget(url, 'test'), ...options });
}
