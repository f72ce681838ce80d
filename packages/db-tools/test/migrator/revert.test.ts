import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { downTemplate } from '../../src/generate/down.ts';
import { migrate, planRevert, revert, status } from '../../src/migrator/index.ts';
import { revertWith } from '../../src/migrator/revert.ts';
import { createDatabase, type Database, historyOf } from './database.ts';
import { createProject, type Project } from './project.ts';

/** Three tables, each with its way back. */
function createTables(): Project {
  const project = createProject({
    '0000_a': 'create table a ()',
    '0001_b': 'create table b ()',
    '0002_c': 'create table c ()',
  });
  for (const name of ['0000_a', '0001_b', '0002_c']) down(project, name, `drop table ${name.at(-1)}`);
  return project;
}

test('the last migration is undone with its record, and can be applied again', async () => {
  const database = await createDatabase();
  const project = createTables();
  const options = { url: database.url, directory: project.directory };
  await migrate(options);

  expect(await revert(options)).toMatchObject({ reverted: [{ tag: '0002_c' }], applied: 2 });
  expect(await tables(database)).toEqual(['a', 'b']);
  expect(await historyOf(database)).toHaveLength(2);
  expect(await status(options)).toMatchObject({ pending: 1, ok: true });

  expect(await migrate(options)).toMatchObject({ applied: [{ tag: '0002_c' }], alreadyApplied: 2 });
  expect(await tables(database)).toEqual(['a', 'b', 'c']);
});

test.each([
  ['a number', { count: 2 }, ['0002_c', '0001_b']],
  ['more than there are', { count: 9 }, ['0002_c', '0001_b', '0000_a']],
  ['all that came after one', { to: '0000_a' }, ['0002_c', '0001_b']],
  ['what came after the last', { to: '0002_c' }, []],
])('%s, newest first', async (_, which, tags) => {
  const { url } = await createDatabase();
  const { directory } = createTables();
  await migrate({ url, directory });
  expect((await planRevert({ url, directory, ...which })).map(({ tag }) => tag)).toEqual(tags);
  expect((await revert({ url, directory, ...which })).reverted.map(({ tag }) => tag)).toEqual(tags);
});

describe('the last applied', () => {
  test('is told by its time, since the ids begin anew where a sequence was restarted', async () => {
    const { url, sql } = await createDatabase();
    const project = createTables();
    const { directory } = project;
    await migrate({ url, directory });
    await sql`update drizzle.__drizzle_migrations set id = id + 4`;
    await sql`alter sequence drizzle.__drizzle_migrations_id_seq restart`;
    project.add('0003_d', 'create table d ()');
    down(project, '0003_d', 'drop table d');
    await migrate({ url, directory });
    expect((await planRevert({ url, directory, count: 2 })).map(({ tag }) => tag)).toEqual(['0003_d', '0002_c']);
  });

  test('may be one that another tool applied, which notes no time', async () => {
    const { url, sql } = await createDatabase();
    const { directory } = createTables();
    await migrate({ url, directory });
    await sql`delete from drizzle.__drizzle_migrations_files where tag in ('0000_a', '0002_c')`;
    expect((await planRevert({ url, directory, count: 3 })).map(({ tag }) => tag)).toEqual([
      '0002_c',
      '0001_b',
      '0000_a',
    ]);
  });
});

test('the plan has the statements, and changes nothing', async () => {
  const database = await createDatabase();
  const { url } = database;
  const project = createTables();
  down(project, '0002_c', 'drop table c;\n--> statement-breakpoint\nselect 1');
  await migrate({ url, directory: project.directory });
  expect(await planRevert({ url, directory: project.directory })).toEqual([
    { tag: '0002_c', statements: ['drop table c', 'select 1'] },
  ]);
  expect(await tables(database)).toEqual(['a', 'b', 'c']);
});

describe('nothing happens at all', () => {
  test.each([
    [
      'a down file is missing',
      (project: Project) => rmSync(join(project.directory, '0001_b.down.sql')),
      { code: 'down_missing', exit: 3 },
    ],
    [
      'one has no way back',
      (project: Project) => down(project, '0001_b', '-- db: irreversible reason=drops the names\n'),
      {
        code: 'irreversible',
        exit: 3,
        message: '0001_b cannot be reverted: drops the names. Nothing was reverted.',
        details: { obstacles: [{ tag: '0001_b', code: 'irreversible', reason: 'drops the names' }] },
      },
    ],
    [
      'one is not written yet',
      (project: Project) => down(project, '0001_b', downTemplate('0001_b')),
      {
        code: 'irreversible',
        hint: expect.stringMatching(/^Write .*0001_b\.down\.sql and delete its first line, then: pnpm db revert$/),
      },
    ],
    [
      'one controls transactions',
      (project: Project) => down(project, '0001_b', 'commit'),
      { code: 'transaction_control', exit: 3 },
    ],
    [
      'one is not UTF-8',
      (project: Project) =>
        down(project, '0001_b', Buffer.from("drop table b; comment on table a is 'caf\xe9'", 'latin1')),
      { code: 'migrations_folder', exit: 3, message: expect.stringContaining('0001_b.down.sql is not UTF-8') },
    ],
    [
      'an applied file was edited',
      (project: Project) => project.edit('0000_a', 'create table x ()'),
      { code: 'history_mismatch', exit: 3 },
    ],
  ])('when %s', async (_, spoil, error) => {
    const database = await createDatabase();
    const project = createTables();
    const options = { url: database.url, directory: project.directory };
    await migrate(options);
    spoil(project);
    await expect(revert({ ...options, count: 2 })).rejects.toMatchObject(error);
    expect(await tables(database)).toEqual(['a', 'b', 'c']);
    expect(await historyOf(database)).toHaveLength(3);
  });

  test('when it would not be what was agreed to', async () => {
    const database = await createDatabase();
    const { directory } = createTables();
    await migrate({ url: database.url, directory });
    await expect(revert({ url: database.url, directory, expected: ['0001_b'] })).rejects.toMatchObject({
      code: 'history_changed',
      exit: 2,
    });
    expect(await tables(database)).toEqual(['a', 'b', 'c']);
  });

  test('when a file is applied in part', async () => {
    const { url } = await createDatabase();
    const project = createTables();
    await migrate({ url, directory: project.directory });
    project.add('0003_d', 'create table d ();\n--> statement-breakpoint\ncreate index concurrently i on nothing (a)');
    await expect(migrate({ url, directory: project.directory })).rejects.toThrow('nothing');
    await expect(revert({ url, directory: project.directory })).rejects.toMatchObject({
      code: 'migration_partial',
      exit: 3,
    });
  });
});

test('a down file that fails leaves its migration applied, those before it reverted, and says how to go on', async () => {
  const database = await createDatabase();
  const project = createTables();
  const options = { url: database.url, directory: project.directory };
  down(project, '0001_b', 'drop table b;\n--> statement-breakpoint\nselect 1 / 0');
  await migrate(options);
  await expect(revert({ ...options, count: 3 })).rejects.toMatchObject({
    code: 'migration_failed',
    message: expect.stringMatching(/^0001_b\.down\.sql:3, statement 2 failed/),
    hint: 'Correct 0001_b.down.sql, then: pnpm db revert',
  });
  expect(await tables(database)).toEqual(['a', 'b']);
  expect(await historyOf(database)).toHaveLength(2);
});

describe('a down file that cannot be in one transaction', () => {
  const up = 'create table t (a int); create index concurrently i on t (a)';
  const way = 'drop index concurrently i;\n--> statement-breakpoint\ndrop table t';

  test('runs in steps', async () => {
    const database = await createDatabase();
    const project = createProject({ '0000_t': up });
    down(project, '0000_t', way);
    const options = { url: database.url, directory: project.directory };
    await migrate(options);
    expect(await revert(options)).toMatchObject({ reverted: [{ tag: '0000_t' }], applied: 0 });
    expect(await tables(database)).toEqual([]);
    expect(await database.sql`select * from drizzle.__drizzle_migrations_steps`).toEqual([]);
    expect(await migrate(options)).toMatchObject({ applied: [{ tag: '0000_t' }] });
  });

  test('goes on behind what it has done', async () => {
    const database = await createDatabase();
    const project = createProject({ '0000_t': up });
    down(project, '0000_t', way);
    const options = { url: database.url, directory: project.directory };
    await migrate(options);
    await database.sql`create view v as select a from t`;
    await expect(revert(options)).rejects.toMatchObject({ message: expect.stringContaining('statement 2 failed') });
    expect(await historyOf(database)).toHaveLength(1);
    await database.sql`drop view v`;
    expect(await revert(options)).toMatchObject({ applied: 0 });
    expect(await tables(database)).toEqual([]);
  });
});

test('a lost connection at the commit is looked into, not guessed', async () => {
  const database = await createDatabase();
  const { directory } = createTables();
  await migrate({ url: database.url, directory });
  const kill = async (name: string) => {
    if (name !== '0002_c.down: before commit') return;
    await database.sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'db revert' and datname = current_database()`;
  };
  const events: string[] = [];
  const result = await revertWith(
    { url: database.url, directory, onEvent: (event) => events.push(event.type) },
    { onFaultPoint: once(kill) },
  );
  expect(result).toMatchObject({ reverted: [{ tag: '0002_c' }], applied: 2 });
  expect(events).toContain('reconnected');
  expect(await tables(database)).toEqual(['a', 'b']);
});

test('a file that was let in late may come in again', async () => {
  const { url } = await createDatabase();
  const project = createTables();
  const { directory } = project;
  project.remove('0001_b');
  await migrate({ url, directory });
  project.add('0001_b', 'create table b ()', 1_700_000_002_500);
  const { repair } = await import('../../src/migrator/index.ts');
  await repair({ url, directory }, { kind: 'allow-out-of-order', tag: '0001_b' });
  await migrate({ url, directory });
  expect((await revert({ url, directory })).reverted).toMatchObject([{ tag: '0001_b' }]);
  expect(await migrate({ url, directory })).toMatchObject({ applied: [{ tag: '0001_b' }] });
});

function down({ directory }: Project, tag: string, sql: string | Buffer): void {
  writeFileSync(join(directory, `${tag}.down.sql`), sql);
}

function once<Argument>(work: (argument: Argument) => Promise<void>): (argument: Argument) => Promise<void> {
  let isOver = false;
  return async (argument) => {
    if (isOver || argument !== ('0002_c.down: before commit' as Argument)) return;
    isOver = true;
    await work(argument);
  };
}

async function tables({ sql }: Database): Promise<string[]> {
  const rows = await sql<
    { name: string }[]
  >`select tablename as name from pg_tables where schemaname = 'public' order by 1`;
  return rows.map(({ name }) => name);
}

test('rights that fail after it are not to be mended by applying the file again', async () => {
  const { url } = await createDatabase();
  const { directory } = createProject({ '0000_a': 'create table a ()' });
  writeFileSync(join(directory, '0000_a.down.sql'), 'drop table a');
  await migrate({ url, directory });

  const afterApply = {
    name: 'grants',
    isNeeded: async () => true,
    apply: () => Promise.reject(new Error('not today')),
  };
  await expect(revert({ url, directory, afterApply })).rejects.toMatchObject({
    code: 'after_apply_failed',
    message: 'The files are reverted, but what follows (grants) failed: not today.',
    hint: 'It is tried again by: pnpm db roles',
  });
  expect((await status({ url, directory })).pending).toBe(1);
});
