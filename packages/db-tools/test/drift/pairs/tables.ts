import { different, same } from '../pair.ts';

const T = 'create table t (id int primary key, name text);';

export const tables = [
  different('a schema', { a: '', b: 'create schema app' }, 'schema app'),
  different('the schema public', { a: '', b: 'drop schema public' }, 'schema public'),
  different(
    'a schema with a name that needs quotes',
    { a: '', b: 'create schema "My ""App""";' },
    'schema "My ""App"""',
  ),
  different(
    'a schema with what is in it',
    { a: '', b: `create schema app; create table app.t (id int); create view app.v as select id from app.t` },
    'schema app',
    'table app.t',
    'view app.v',
  ),
  different('a table', { a: '', b: T }, 'table public.t'),
  different('a table without columns', { a: '', b: 'create table t ()' }, 'table public.t'),
  different(
    'names that need quotes',
    { a: '', b: 'create table "A b" ("C d" int default 1, "order" text not null, constraint "k y" unique ("C d"))' },
    'table public."A b"',
  ),
  different(
    'a table moved to another schema',
    { base: 'create schema app;', a: T, b: `${T} alter table t set schema app` },
    'table app.t',
    'table public.t',
  ),
  different('logged and unlogged', { a: T, b: `${T} alter table t set unlogged` }, 'table public.t'),
  different('an unlogged table', { a: '', b: 'create unlogged table t (id int)' }, 'table public.t'),
  different(
    'storage parameters',
    {
      a: `${T} alter table t set (fillfactor = 70)`,
      b: `${T} alter table t set (autovacuum_enabled = false, toast.autovacuum_enabled = false)`,
    },
    'table public.t',
  ),
  different(
    'a new table with storage parameters',
    { a: '', b: 'create table t (a text) with (fillfactor = 50, toast.autovacuum_enabled = off)' },
    'table public.t',
  ),
  different('row level security', { a: T, b: `${T} alter table t enable row level security` }, 'table public.t'),
  different(
    'forced row level security',
    { a: T, b: `${T} alter table t enable row level security, force row level security` },
    'table public.t',
  ),
  different(
    'replica identity full',
    { a: T, b: `${T} alter table t replica identity full` },
    'replica identity public.t',
  ),
  different(
    'replica identity nothing on a new table',
    { a: '', b: 'create table t (a int); alter table t replica identity nothing' },
    'table public.t',
  ),
  different(
    'replica identity by an index',
    {
      base: 'create table t (id int not null); create unique index i on t (id);',
      a: '',
      b: 'alter table t replica identity using index i',
    },
    'replica identity public.t',
  ),
  different(
    'a clustered index',
    { base: `${T} create index i on t (name);`, a: '', b: 'alter table t cluster on i' },
    'index public.i',
  ),
  different(
    'a clustered primary key',
    { base: T, a: '', b: 'alter table t cluster on t_pkey' },
    'constraint public.t.t_pkey',
  ),
  different(
    'a typed table',
    { base: 'create type pair as (a int, b text);', a: '', b: 'create table t of pair' },
    'table public.t',
  ),
  different(
    'a typed table and a plain one',
    {
      base: 'create type pair as (a int, b text);',
      a: 'create table t of pair',
      b: 'create table t (a int, b text)',
      manual: ['a to b', 'b to a'],
    },
    'table public.t',
  ),

  same(
    'the order in which tables are made',
    'create table a (); create table b ()',
    'create table b (); create table a ()',
  ),
  same(
    'a table renamed to what it is',
    T,
    'create table u (id int, name text, constraint t_pkey primary key (id)); alter table u rename to t',
  ),
  same('names in capitals without quotes', T, 'CREATE TABLE T (ID INT PRIMARY KEY, NAME TEXT)'),
  same('the order of columns', 'create table t (a int, b text)', 'create table t (b text, a int)'),
  same(
    'a column added later',
    'create table t (a int, b text not null)',
    'create table t (a int); alter table t add b text not null',
  ),
  same(
    'a column that was dropped',
    'create table t (a int, b text)',
    'create table t (a int, x int, b text); alter table t drop x',
  ),
  same(
    'statements in another case and layout',
    'create table t (id int primary key, name text)',
    'CREATE TABLE "public"."t" (\n\t"id" integer PRIMARY KEY,\n\t"name" text\n);',
  ),
  same(
    'storage parameters in another order',
    'create table t () with (fillfactor = 50, autovacuum_enabled = off)',
    'create table t () with (autovacuum_enabled = off, fillfactor = 50)',
  ),
  same(
    'what is stored how',
    'create table t (a text)',
    'create table t (a text); alter table t alter a set storage external, alter a set compression pglz',
  ),
  same('rows and their statistics', T, `${T} insert into t values (1, 'x'); analyze t`),
  same('a table that was made and dropped', T, `${T} create table u (id int references t); drop table u`),
];
