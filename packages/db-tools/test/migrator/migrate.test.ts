import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { withDatabase } from '../../src/connection/url.ts';
import {
  assertMigrated,
  compareWithFolder,
  type MigrateEvent,
  MigrationError,
  migrate,
  plan,
  revert,
  status,
} from '../../src/migrator/index.ts';
import { createDatabase, createRole, type Database, historyOf } from './database.ts';
import { createProject, type Project } from './project.ts';

describe('an ordinary run', () => {
  test('applies what is pending, once, and writes the rows that drizzle would write', async () => {
    const database = await createDatabase();
    const { directory, add } = createProject({
      '0000_users': 'create table users (id int);--> statement-breakpoint\ninsert into users values (1);',
      '0001_more': 'insert into users values (2);',
    });
    const events: MigrateEvent[] = [];
    const options = { url: database.url, directory, onEvent: (event: MigrateEvent) => events.push(event) };

    const first = await migrate(options);
    add('0002_third', 'insert into users values (3)');
    const second = await migrate(options);
    const third = await migrate(options);

    expect(first.applied.map(({ tag }) => tag)).toEqual(['0000_users', '0001_more']);
    expect(second).toMatchObject({ applied: [{ tag: '0002_third' }], alreadyApplied: 2 });
    expect(third).toEqual({ applied: [], alreadyApplied: 3 });
    expect(await database.sql`select id from users order by id`).toMatchObject([{ id: 1 }, { id: 2 }, { id: 3 }]);
    const journal = JSON.parse(readFileSync(path.join(directory, 'meta/_journal.json'), 'utf8'));
    expect(await historyOf(database)).toEqual(
      journal.entries.map(({ tag, when }: { tag: string; when: number }) => ({
        hash: createHash('sha256')
          .update(readFileSync(path.join(directory, `${tag}.sql`)))
          .digest('hex'),
        created_at: String(when),
      })),
    );
    expect(events.map(({ type }) => type)).toEqual(Array(3).fill(['file-started', 'file-finished']).flat());
  });

  test('with dryRun or plan changes nothing and says what would run', async () => {
    const { url, sql } = await createDatabase();
    const { directory } = createProject({ '0000_a': 'create table a ()', '0001_b': 'create table b ()' });

    expect(await migrate({ url, directory, dryRun: true })).toEqual({
      applied: [],
      alreadyApplied: 0,
      pending: ['0000_a', '0001_b'],
    });
    expect(await plan({ url, directory })).toMatchObject({ pending: 2 });

    const left =
      await sql`select nspname from pg_namespace where nspname = 'drizzle' union select relname from pg_class where relname = 'a'`;
    expect(left).toHaveLength(0);
  });

  test('stops behind the tag that it was given', async () => {
    const { url, sql } = await createDatabase();
    const { directory } = createProject({
      '0000_a': 'create table a ()',
      '0001_b': 'create table b ()',
      '0002_c': 'create table c ()',
    });

    const { applied } = await migrate({ url, directory, to: '0001_b' });

    expect(applied).toHaveLength(2);
    expect(await sql`select to_regclass('c') as c`).toMatchObject([{ c: null }]);
    expect(await status({ url, directory })).toMatchObject({ pending: 1, ok: true });
    await expect(migrate({ url, directory, to: '0009_nope' })).rejects.toMatchObject({ code: 'unknown_tag' });
  });

  test('keeps the files before the one that fails, and nothing of that one', async () => {
    const { url, sql } = await createDatabase();
    const { directory, edit } = createProject({
      '0000_a': 'create table a ()',
      '0001_b': "create table b ();\n-- ünïcode\ninsert into b\n  select 'ä', nope from a;",
    });

    const error = await migrate({ url, directory }).catch((error: unknown) => error as MigrationError);

    expect(error).toBeInstanceOf(MigrationError);
    expect(error).toMatchObject({
      code: 'migration_failed',
      exit: 1,
      tag: '0001_b',
      statement: 2,
      line: 4,
      column: 15,
      sqlState: '42703',
      hint: 'Correct 0001_b.sql, then: pnpm db migrate',
      excerpt: "4 |   select 'ä', nope from a;\n                  ^",
    });
    expect((error as MigrationError).report()).toContain('Nothing of 0001_b was kept');
    expect(await sql`select to_regclass('a')::text as a, to_regclass('b') as b`).toMatchObject([{ a: 'a', b: null }]);
    edit('0001_b', 'create table b ()');
    expect(await migrate({ url, directory })).toMatchObject({ applied: [{ tag: '0001_b' }], alreadyApplied: 1 });
  });

  test('refuses transaction control before it runs anything', async () => {
    const { url, sql } = await createDatabase();
    const { directory } = createProject({
      '0000_a': 'create table a ()',
      '0001_b': 'create table b ();\ncommit;\ncreate table c ();',
    });

    await expect(migrate({ url, directory })).rejects.toMatchObject({
      code: 'transaction_control',
      exit: 3,
      details: { statement: 2, line: 2 },
    });
    expect(await sql`select to_regclass('a') as a`).toMatchObject([{ a: null }]);
  });

  test("runs a function body that contains drizzle's marker, and BEGIN ATOMIC, as written", async () => {
    const { url, sql } = await createDatabase();
    const { directory } = createProject({
      '0000_f': `create function f() returns text language plpgsql as $$ begin return '--> statement-breakpoint'; end $$;
        create function g(x int) returns int begin atomic select case when x > 0 then 1 else 2 end; select x; end;`,
    });

    await migrate({ url, directory });

    expect(await sql`select f() as f, g(3) as g`).toMatchObject([{ f: '--> statement-breakpoint', g: 3 }]);
  });

  test('does not let the settings of one file reach the next', async () => {
    const database = await createDatabase();
    const { url, sql } = database;
    const { role } = await createRole(database);
    const { directory } = createProject({
      '0000_a': `create schema other; set search_path = other; set role ${role}; select set_config('work_mem', '5MB', false)`,
      '0001_b': 'create table here ()',
    });

    await migrate({ url, directory });

    expect(await sql`select schemaname, tableowner from pg_tables where tablename = 'here'`).toMatchObject([
      { schemaname: 'public', tableowner: new URL(url).username },
    ]);
  });

  test('honours the directives of a file and refuses one that it does not know', async () => {
    const { url, sql } = await createDatabase();
    const { directory, edit } = createProject({
      '0000_a':
        "-- db: statement_timeout=7s lock_timeout=3s\ncreate table a as select current_setting('statement_timeout') s, current_setting('lock_timeout') l",
    });
    await migrate({ url, directory, statementTimeout: 60 });
    expect(await sql`select * from a`).toMatchObject([{ s: '7s', l: '3s' }]);

    edit('0000_a', '-- db: lock_timout=3s\nselect 1');
    const other = await createDatabase();
    await expect(migrate({ url: other.url, directory })).rejects.toMatchObject({ code: 'unknown_directive', exit: 3 });
  });
});

describe('assertMigrated', () => {
  test('names what is missing, tolerates a missing table and a database that is ahead', async () => {
    const { url, sql } = await createDatabase();
    const { directory, remove } = createProject({ '0000_a': 'create table a ()', '0001_b': 'create table b ()' });

    await expect(assertMigrated(sql, directory)).rejects.toMatchObject({
      exit: 3,
      code: 'migrations_pending',
      message: 'The database lacks the migration 0000_a and 1 more.',
    });
    await migrate({ url, directory, to: '0000_a' });
    await expect(assertMigrated(sql, directory)).rejects.toMatchObject({
      message: 'The database lacks the migration 0001_b.',
    });
    await migrate({ url, directory });
    await expect(assertMigrated(sql, directory)).resolves.toBeUndefined();
    remove('0001_b');
    await expect(assertMigrated(sql, directory)).resolves.toBeUndefined();
  });

  test.each<[string, (project: Project, database: Database) => unknown, string[]]>([
    [
      'whose stamp an applied one has as well',
      ({ add }) => add('0002_c', 'create table c ()', 1_700_000_002_000),
      ['0002_c'],
    ],
    [
      'that is applied in part',
      async ({ add, directory }, { url }) => {
        add('0002_c', 'create table c (); create index concurrently i on nowhere (id)');
        await expect(migrate({ url, directory })).rejects.toMatchObject({ sqlState: '42P01' });
      },
      ['0002_c'],
    ],
    [
      'that is reverted in part',
      async ({ directory }, { url }) => {
        writeFileSync(path.join(directory, '0001_b.down.sql'), 'drop table b; vacuum nowhere');
        await expect(revert({ url, directory })).rejects.toMatchObject({ sqlState: '42P01' });
      },
      ['0001_b'],
    ],
    ['that was edited is applied', ({ edit }) => edit('0001_b', 'create table b () -- why'), []],
    [
      'of two with one stamp, both applied',
      async ({ add, directory }, { url }) => {
        add('0002_c', 'create table c ()', 1_700_000_003_000);
        add('0003_d', 'create table d ()', 1_700_000_003_000);
        await migrate({ url, directory });
      },
      [],
    ],
  ])('says the same as status of a migration %s', async (_, change, lacking) => {
    const database = await createDatabase();
    const { url, sql } = database;
    const project = createProject({ '0000_a': 'create table a ()', '0001_b': 'create table b ()' });
    const { directory } = project;
    await migrate({ url, directory });
    await change(project, database);
    expect(await compareWithFolder(sql, directory)).toEqual({ pending: lacking, ahead: [] });
    const { migrations } = await status({ url, directory });
    expect(migrations.flatMap(({ tag, state }) => (['applied', 'modified'].includes(state) ? [] : [tag]))).toEqual(
      lacking,
    );
  });
});

describe('rights and targets', () => {
  test('a role without CREATE on the database migrates when the schema exists', async () => {
    const database = await createDatabase();
    const { role, url } = await createRole(database);
    await database.sql.unsafe(`create schema drizzle authorization ${role}; grant create on schema public to ${role}`);
    const { directory } = createProject({ '0000_a': 'create table a ()' });

    expect(await migrate({ url, directory })).toMatchObject({ applied: [{ tag: '0000_a' }] });
    expect(await migrate({ url, directory })).toMatchObject({ alreadyApplied: 1 });
  });

  test('a role that may not create the schema is told what the owner has to run', async () => {
    const { url } = await createRole(await createDatabase());
    const { directory } = createProject({ '0000_a': 'create table a ()' });

    await expect(migrate({ url, directory })).rejects.toMatchObject({
      code: 'permission_denied',
      hint: expect.stringContaining('create schema "drizzle";'),
    });
  });

  test('a read-only database is refused with exit 5', async () => {
    const { url, sql } = await createDatabase();
    await sql.unsafe(`alter database ${new URL(url).pathname.slice(1)} set default_transaction_read_only = on`);
    const { directory } = createProject({ '0000_a': 'create table a ()' });

    await expect(migrate({ url, directory })).rejects.toMatchObject({ code: 'read_only', exit: 5 });
  });

  test('a missing database is named', async () => {
    const url = withDatabase(process.env.TEST_DATABASE_URL!, 'no_such_database');
    await expect(migrate({ url, directory: createProject({}).directory })).rejects.toMatchObject({
      code: 'database_missing',
    });
  });

  test('two tracking tables in one database do not know each other', async () => {
    const { url } = await createDatabase();
    const one = createProject({ '0000_a': 'create table a ()' });
    const two = createProject({ '0000_a': 'create table b ()' });
    const table = { schema: 'Other schema', table: 'migrations' };

    await migrate({ url, directory: one.directory });
    await migrate({ url, directory: two.directory, table });

    expect(await status({ url, directory: two.directory, table })).toMatchObject({
      pending: 0,
      ok: true,
      migrations: [{ state: 'applied' }],
    });
    expect(await status({ url, directory: one.directory })).toMatchObject({ pending: 0, ok: true });
  });
});

test('a role that may not write the history is told whose rights it lacks, not that the file is wrong', async () => {
  const database = await createDatabase();
  const project = createProject({ '0000_a': 'create table a ()' });
  await migrate({ url: database.url, directory: project.directory });
  const { role, url } = await createRole(database);
  await database.sql.unsafe(
    `grant usage on schema drizzle to ${role}; grant select on all tables in schema drizzle to ${role}`,
  );
  project.add('0001_b', 'create table b ()');

  await expect(migrate({ url, directory: project.directory })).rejects.toMatchObject({
    sqlState: '42501',
    hint: 'Connect as the role that owns the history (see whose it is: pnpm db doctor), then: pnpm db migrate',
  });
  await database.sql.unsafe(`drop owned by ${role}`);
});
