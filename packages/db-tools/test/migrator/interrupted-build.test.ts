import { describe, expect, test } from 'vitest';
import { type MigrateEvent, type MigrateOptions, migrate, status } from '../../src/migrator/index.ts';
import { waitUntil } from '../wait-until.ts';
import { connectTo, createDatabase, type Database } from './database.ts';
import { createProject } from './project.ts';

const TABLE = `create schema s; create type s.mood as enum ('sad', 'ok');
  create table s.t (gone int, id int, v text collate "C", mood s.mood, "W w" int) with (fillfactor = 90);
  alter table s.t drop column gone;
  create function s.lowered(text) returns text immutable language sql as 'select lower($1)'`;

describe('an index that somebody else made after an interrupted build', () => {
  test.each([
    ['create index concurrently on s.t (id)', 'create index on s.t ("W w")'],
    ['create index concurrently on s.t (id)', 'create unique index on s.t (id)'],
    ['create unique index concurrently on s.t (id)', 'create unique index on s.t (id) nulls not distinct'],
    ['create index concurrently on s.t (id)', 'create index on s.t (id desc)'],
    ['create index concurrently on s.t (id)', 'create index on s.t using hash (id)'],
    ['create index concurrently on s.t (id)', 'create index on s.t (id) include (v)'],
    ['create index concurrently on s.t (id)', 'create index on s.t (id) where id > 0'],
    ['create index concurrently on s.t (v)', 'create index on s.t (v text_pattern_ops)'],
    ['create index concurrently on s.t (v)', 'create index on s.t (v collate "POSIX")'],
    ['create index concurrently on s.t (lower(v))', 'create index on s.t (upper(v))'],
  ])('is not taken for it: %s, %s', async (statement, other) => {
    const { database, options } = await interruptBuild(statement);
    await database.sql.unsafe(other);
    const before = await indexesOf(database);

    await migrate(options);

    const after = await indexesOf(database);
    expect(after).toHaveLength(before.length);
    expect(after.every(({ valid }) => valid)).toBe(true);
    const [row] = await database.sql`
      select pg_get_indexdef(indexrelid) as definition from pg_index where indrelid = 's.t'::regclass order by indexrelid desc limit 1`;
    expect(row!.definition).not.toBe(before.at(-1)!.definition);
  });

  test.each([
    ['create index concurrently on s.t (id)', 'create index other on s.t (id)'],
    [
      '-- a note\ncreate unique index concurrently on only "s" . "t" (s.lowered(v) desc nulls last, "W w") nulls not distinct with (fillfactor = 70) where mood = \'ok\' -- end',
      `create unique index other on s.t (s.lowered(v) desc nulls last, "W w") nulls not distinct with (fillfactor = 70) where mood = 'ok'`,
    ],
  ])('but is the one that was wanted is enough: %s', async (statement, other) => {
    const { database, options } = await interruptBuild(statement);
    await database.sql.unsafe(other);

    await migrate(options);

    expect(await indexesOf(database)).toMatchObject([{ name: 'other', valid: true }]);
  });

  test.each(['create index concurrently i on s.t (id)', 'create index concurrently if not exists i on s.t (id)'])(
    'under its name is for a person to look at: %s',
    async (statement) => {
      const { database, options } = await interruptBuild(statement);
      await database.sql.unsafe('drop index s.i; create index i on s.t (v)');

      await expect(migrate(options)).rejects.toMatchObject({ code: 'step_unknown', exit: 3 });

      expect(await status(options)).toMatchObject({ migrations: [{ state: 'partial' }] });
      expect(await indexesOf(database)).toMatchObject([{ name: 'i', valid: true }]);
      await database.sql.unsafe('drop index s.i');
      await migrate(options);
      expect(await indexesOf(database)).toMatchObject([
        { name: 'i', definition: 'CREATE INDEX i ON s.t USING btree (id)' },
      ]);
    },
  );

  test('is left alone where it is INVALID', async () => {
    const { database, options } = await interruptBuild('create index concurrently on s.t (id)');
    await database.sql.unsafe('insert into s.t (v) values (1), (1)');
    await database.sql.unsafe('create unique index concurrently broken on s.t (v)').catch(() => {});

    await migrate(options);

    expect(await indexesOf(database)).toMatchObject([
      { name: 'broken', valid: false },
      { name: 't_id_idx', valid: true },
    ]);
  });
});

describe('the INVALID index of an interrupted build', () => {
  test.each(['s.lowered(t.v)', '(s.t.id + "t"."W w")', "id) where (T.v > ''"])(
    'is known where its columns are written with the name of the table: %s',
    async (columns) => {
      const { database, options } = await interruptBuild(`create index concurrently i on s.t (${columns})`);
      await migrate(options);
      expect(await indexesOf(database)).toMatchObject([{ name: 'i', valid: true }]);
    },
  );

  test('is dropped however long that waits, as the build would have, and whatever the limits of the role are', async () => {
    const { database, options } = await interruptBuild('create index concurrently i on s.t (id)');
    const { url, sql } = database;
    const name = (await sql`select current_database() as name`)[0]!.name;
    await sql.unsafe(`alter database ${name} set statement_timeout = '1s'`);
    const writer = connectTo(url, 1);
    await writer.unsafe(`set statement_timeout = 0; begin; insert into s.t (id) values (1)`);
    const events: MigrateEvent[] = [];

    const run = migrate({ ...options, onEvent: (event) => events.push(event) });
    const waiting = `select from pg_stat_activity where query like 'drop index concurrently%' and wait_event_type = 'Lock'
      and query_start < now() - interval '2.3 seconds' and datname = current_database()`;
    await waitUntil('the drop has waited longer than any limit', async () => {
      const failed = events.find(({ type }) => type === 'retry');
      if (failed) throw new Error(JSON.stringify(failed));
      return (await sql.unsafe(waiting)).length > 0;
    });
    await writer.unsafe('commit');
    await writer.end();
    await run;

    expect(events.filter(({ type }) => type === 'retry')).toEqual([]);
    expect(await indexesOf(database)).toMatchObject([{ name: 'i', valid: true }]);
  });

  test.each([
    'create index concurrently i on s.t (id)',
    'insert into s.t (id) values (1); create index concurrently i on s.t (id)',
  ])('that cannot be dropped is named, with what stays and what to do: %s', async (statements) => {
    const database = await createDatabase();
    const { url, sql } = database;
    await sql.unsafe(TABLE);
    const project = createProject({ '0000_index': `-- db: lock_timeout=800ms retries=0\n${statements}` });
    const options = { url, directory: project.directory };
    const writer = connectTo(url, 1);
    await writer.unsafe('begin; insert into s.t (id) values (1)');
    const number = statements.split(';').length;
    const told = {
      code: 'lock_not_available',
      sqlState: '55P03',
      blockers: [{ application: 'the test' }],
      committed: `${number === 2 ? 'Of 0000_index, the statements up to number 1 are committed. ' : ''}Of statement ${number} of 0000_index, the INVALID index s.i is left, and the record that it is running. The next run settles both first; by hand: drop index concurrently if exists s.i`,
    };

    // The build does not get its lock, nor does what would remove the rest of it; nor does the next run.
    await expect(migrate(options)).rejects.toMatchObject(told);
    await expect(migrate(options)).rejects.toMatchObject(told);
    expect(await status(options)).toMatchObject({ migrations: [{ state: 'partial' }] });
    expect(await indexesOf(database)).toMatchObject([{ name: 'i', valid: false }]);

    await writer.unsafe('commit');
    await writer.end();
    await sql.unsafe('drop index concurrently s.i');
    await migrate(options);
    expect(await indexesOf(database)).toMatchObject([{ name: 'i', valid: true }]);
  });
});

/** Ends the backend of a build while it waits for a transaction. */
async function interruptBuild(statement: string): Promise<{ database: Database; options: MigrateOptions }> {
  const database = await createDatabase();
  const { url, sql } = database;
  await sql.unsafe(TABLE);
  const options = { url, directory: createProject({ '0000_index': statement }).directory };
  const blocker = connectTo(url, 1);
  await blocker.unsafe('begin; insert into s.t default values');
  const run = migrate(options).catch((error: unknown) => error);
  const pid = await waitUntil('the build waits', async () => {
    const [row] =
      await sql`select pid from pg_stat_activity where datname = current_database() and query ~ 'index concurrently' and wait_event_type = 'Lock'`;
    return row?.pid as number | undefined;
  });
  await sql`select pg_terminate_backend(${pid})`;
  expect(await run).toMatchObject({ code: 'connection_lost' });
  await blocker.unsafe('rollback');
  await blocker.end();
  expect(await indexesOf(database)).toMatchObject([{ valid: false }]);
  return { database, options };
}

async function indexesOf({ sql }: Database) {
  return [
    ...(await sql<{ name: string; valid: boolean; definition: string }[]>`
      select c.relname as name, indisvalid as valid, pg_get_indexdef(c.oid) as definition
      from pg_index join pg_class c on c.oid = indexrelid where indrelid = 's.t'::regclass order by c.oid`),
  ];
}
