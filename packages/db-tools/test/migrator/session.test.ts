import { describe, expect, test } from 'vitest';
import { migrate, repair, status } from '../../src/migrator/index.ts';
import { run } from '../../src/migrator/run.ts';
import { waitUntil } from '../wait-until.ts';
import { createDatabase, createRole } from './database.ts';
import { createProject } from './project.ts';

const TWO_SHOPS = `create schema shop;
create table items (s text); insert into items values ('public');
create table shop.items (s text); insert into shop.items values ('shop');`;

describe('what a file sets holds until its end', () => {
  test.each(['none', 'each'])('where each statement is committed by itself, transaction=%s', async (mode) => {
    const { url, sql } = await createDatabase();
    const { directory } = createProject({
      '0000_items': TWO_SHOPS,
      '0001_clear': `-- db: transaction=${mode}\nset search_path = shop;\ndelete from items;\nvacuum items;`,
    });
    await migrate({ url, directory });
    expect(await sql`select s from items`).toEqual([{ s: 'public' }]);
    expect(await sql`select s from shop.items`).toEqual([]);
  });

  test('behind a new enum value and around an index built concurrently', async () => {
    const { url, sql } = await createDatabase();
    const { directory } = createProject({
      '0000_items': `${TWO_SHOPS} create type shop.status as enum ('a');`,
      '0001_more': `select pg_catalog.set_config('search_path', 'shop', false);
alter type shop.status add value 'x';
update items set s = 'x';
create index concurrently idx_items on items (s);
insert into items values ('y');`,
    });
    await migrate({ url, directory });
    expect(await sql`select s from items`).toEqual([{ s: 'public' }]);
    expect(await sql`select s from shop.items`).toEqual([{ s: 'x' }, { s: 'y' }]);
    expect(await sql`select schemaname from pg_indexes where indexname = 'idx_items'`).toEqual([
      { schemaname: 'shop' },
    ]);
  });

  test('also when the rest of the file runs in another run', async () => {
    const { url, sql } = await createDatabase();
    const { directory } = createProject({
      '0000_items': TWO_SHOPS,
      '0001_unique': `set search_path = shop;
insert into items values ('shop');
create unique index concurrently once on items (s);
insert into items values ('more');`,
    });
    await expect(migrate({ url, directory })).rejects.toMatchObject({ sqlState: '23505', statement: 3 });
    expect(await sql`select 1 from pg_index where not indisvalid`).toEqual([]);
    await sql`truncate shop.items`;
    await migrate({ url, directory });
    expect(await sql`select s from shop.items`).toEqual([{ s: 'more' }]);
    expect(await sql`select s from items`).toEqual([{ s: 'public' }]);
  });

  test('as another role, which has no right on the history', async () => {
    const { url, sql } = await createDatabase();
    const { role } = await createRole({ url, sql });
    const { directory } = createProject({
      '0000_local': `grant create on schema public to ${role}; set local role ${role}; create table a ();`,
      '0001_session': `set role ${role}; create table b (); create index concurrently on b ((1)); create table c ();`,
    });
    await migrate({ url, directory });
    expect(await sql`select tablename, tableowner from pg_tables where schemaname = 'public' order by 1`).toEqual(
      ['a', 'b', 'c'].map((tablename) => ({ tablename, tableowner: role })),
    );
    await sql.unsafe(`drop table a, b, c; revoke all on schema public from ${role}`);
  });

  test('and what its role may not do is told of the statement that wanted it', async () => {
    const { url, sql } = await createDatabase();
    const { role } = await createRole({ url, sql });
    const { directory } = createProject({
      '0000_items': TWO_SHOPS,
      '0001_index': `set role ${role}; create index concurrently on shop.items (s)`,
    });
    await expect(migrate({ url, directory })).rejects.toMatchObject({
      sqlState: '42501',
      statement: 2,
      hint: 'Correct 0001_index.sql, then: pnpm db migrate',
    });
  });

  test('also when the run ended while it was being set', async () => {
    const { url, sql } = await createDatabase();
    const { directory } = createProject({
      '0000_items': TWO_SHOPS,
      '0001_clear': '-- db: transaction=none\nset search_path = shop;\ndelete from items;',
    });
    const onFaultPoint = (name: string) => {
      if (name === '0001_clear: step 1 running') throw new Error('The end');
    };
    await expect(run({ url, directory }, { onFaultPoint })).rejects.toThrow('The end');
    await migrate({ url, directory });
    expect(await sql`select s from items`).toEqual([{ s: 'public' }]);
    expect(await sql`select s from shop.items`).toEqual([]);
  });

  test.each([
    'set local search_path = shop',
    "select set_config('search_path', 'shop', true)",
    "insert into items select set_config('search_path', 'shop', false)",
  ])('and %s is refused where it could not', async (setting) => {
    const { url, sql } = await createDatabase();
    const { directory } = createProject({
      '0000_items': TWO_SHOPS,
      '0001_vacuum': `${setting}; vacuum shop.items; delete from items`,
    });
    await expect(migrate({ url, directory })).rejects.toMatchObject({
      code: 'setting_lost',
      exit: 3,
      details: { tag: '0001_vacuum', statement: 1 },
    });
    expect(await sql`select to_regclass('items') as items`).toEqual([{ items: null }]);
  });
});

describe('what a file leaves in the session is not there for the next', () => {
  test.each([
    ['a temporary table', 'create temp table users as select 1 as id', 'alter table users add column email text'],
    ['a setting made by a block', 'do $$ begin set search_path = evil; end $$', 'create table seen ()'],
    ['a cursor', 'declare c cursor with hold for select 1', 'declare c cursor for select 1'],
    ['a prepared statement', 'prepare p as select 1', 'prepare p as select 2'],
  ])('%s', async (_, first, second) => {
    const { url, sql } = await createDatabase();
    const { directory } = createProject({
      '0000_users': 'create schema evil; create table users (id int)',
      '0001_leaves': first,
      '0002_looks': second,
    });
    await migrate({ url, directory });
    expect(
      await sql`select table_schema from information_schema.columns where table_name = 'users' and column_name = 'email'
        union all select schemaname from pg_tables where tablename = 'seen'`,
    ).toEqual(/^(declare|prepare)/.test(second) ? [] : [{ table_schema: 'public' }]);
  });

  test('a cursor that stands in a temporary table', async () => {
    const { url } = await createDatabase();
    const { directory } = createProject({
      '0000_leaves': 'create temp table t as select 1; declare c cursor for select from t; fetch c',
      '0001_looks': 'create temp table t ()',
    });
    expect(await migrate({ url, directory })).toMatchObject({ applied: [{}, {}] });
  });

  test('the migration lock, which a function has given back, is missed before anything else runs', async () => {
    const { url, sql } = await createDatabase();
    const { directory } = createProject({
      '0000_gives': `do $$ begin perform pg_advisory_unlock_all(); end $$`,
      '0001_next': 'create table next ()',
    });
    await expect(migrate({ url, directory })).rejects.toMatchObject({
      code: 'lock_lost',
      exit: 4,
      details: { tag: '0001_next' },
    });
    expect(await sql`select to_regclass('next') as next`).toEqual([{ next: null }]);
    expect((await status({ url, directory })).pending).toBe(1);

    const own = createProject({
      '0000_gives': `do $$ begin perform pg_advisory_unlock_all(); end $$`,
      '0001_own': '-- db: transaction=none\ncreate table own (); vacuum own; create table never ()',
    });
    own.edit(
      '0001_own',
      `-- db: transaction=none\ncreate table own ();\ndo $$ begin perform pg_advisory_unlock_all(); end $$;\ncreate table never ();`,
    );
    await expect(migrate({ url, directory: own.directory })).rejects.toMatchObject({
      code: 'lock_lost',
      details: { tag: '0001_own' },
    });
    expect(await sql`select to_regclass('own') is null as own, to_regclass('never') is null as never`).toEqual([
      { own: false, never: true },
    ]);
  });
});

test.each(['call work()', 'do $$ begin call work(); end $$'])(
  '%s, which ends transactions itself, is not done again after it failed; a person decides',
  async (statement) => {
    const { url, sql } = await createDatabase();
    const { directory } = createProject({
      '0000_work': `create table held (); create table done (batch int);
create procedure work() language plpgsql as $$ begin insert into done values (1); commit; lock table held in access exclusive mode; end $$;`,
      '0001_call': `-- db: transaction=none\n${statement};\ninsert into done values (2);`,
    });
    const holder = await sql.reserve();
    await migrate({ url, directory, to: '0000_work' });
    await holder`begin`;
    await holder`lock table held`;

    await expect(migrate({ url, directory, lockTimeout: 0.1 })).rejects.toMatchObject({
      sqlState: '55P03',
      committed: expect.stringMatching(/may have committed a part of its work.*repair --step 0001_call:1 --as retry/),
    });
    expect(await sql`select batch from done`).toEqual([{ batch: 1 }]);
    await holder`rollback`;
    holder.release();
    await expect(migrate({ url, directory })).rejects.toMatchObject({ code: 'step_unknown', exit: 3 });

    await repair({ url, directory }, { kind: 'step', tag: '0001_call', statement: 1, as: 'retry' });
    await migrate({ url, directory });
    expect(await sql`select batch from done order by 1`).toEqual([{ batch: 1 }, { batch: 1 }, { batch: 2 }]);
  },
);

test('a block that ends no transaction is done again, as any statement that waited for a lock', async () => {
  const { url, sql } = await createDatabase();
  const { directory } = createProject({
    '0000_held': 'create table held ()',
    '0001_block': '-- db: transaction=none\ndo $$ begin alter table held add column more int; end $$',
  });
  await migrate({ url, directory, to: '0000_held' });
  const holder = await sql.reserve();
  await holder`begin`;
  await holder`lock table held`;
  const onEvent = async ({ type }: { type: string }) => {
    if (type !== 'retry') return;
    await holder`rollback`;
    holder.release();
  };
  expect(await migrate({ url, directory, lockTimeout: 0.1, onEvent })).toMatchObject({ applied: [{}] });
});

describe('a history whose ids were copied without their sequence', () => {
  test('goes on', async () => {
    const { url, sql } = await createDatabase();
    const project = createProject({ '0000_a': 'create table a ()', '0001_b': 'create table b ()' });
    await migrate({ url, directory: project.directory });
    await sql`alter sequence drizzle.__drizzle_migrations_id_seq restart with 1`;
    project.add('0002_c', 'create table c ()');
    project.add('0003_d', 'create table d ()');

    const { applied } = await migrate({ url, directory: project.directory });

    expect(applied.map(({ tag }) => tag)).toEqual(['0002_c', '0003_d']);
    expect(await sql`select to_regclass('c') is not null as c, to_regclass('d') is not null as d`).toEqual([
      { c: true, d: true },
    ]);
    await waitUntil('the history is in order', async () => (await status({ url, directory: project.directory })).ok);
  });
});
