import { different, same } from '../pair.ts';

const base = 'create role drift_reader; create role drift_writer; create table t (id int primary key, a int, b text);';
const table = 'create table t (id int primary key, a int);';

export const access = [
  different('a grant', { base, a: '', b: 'grant select on t to drift_reader' }, 'grants TABLE public.t'),
  different(
    'one grant more',
    { base, a: 'grant select on t to drift_reader', b: 'grant select, insert on t to drift_reader' },
    'grants TABLE public.t',
  ),
  different(
    'to whom',
    { base, a: 'grant select on t to drift_reader', b: 'grant select on t to drift_writer' },
    'grants TABLE public.t',
  ),
  different('to everybody', { base, a: '', b: 'grant select on t to public' }, 'grants TABLE public.t'),
  different(
    'with grant option',
    { base, a: 'grant select on t to drift_reader', b: 'grant select on t to drift_reader with grant option' },
    'grants TABLE public.t',
  ),
  different(
    'a right that the owner lacks',
    { base, a: '', b: 'revoke delete on t from current_user' },
    'grants TABLE public.t',
  ),
  different(
    'a grant on a column',
    { base, a: '', b: 'grant select (a, b), update (b) on t to drift_reader' },
    'grants COLUMN public.t.a',
    'grants COLUMN public.t.b',
  ),
  different(
    'a grant on a schema',
    { base, a: '', b: 'grant usage on schema public to drift_reader' },
    'grants SCHEMA public',
  ),
  different(
    'what everybody may in the schema public',
    { base, a: '', b: 'grant create on schema public to public' },
    'grants SCHEMA public',
  ),
  different(
    'a grant on a sequence',
    { base: `${base} create sequence s;`, a: '', b: 'grant usage on sequence s to drift_reader' },
    'grants SEQUENCE public.s',
  ),
  different(
    'a grant on a view',
    { base: `${base} create view v as select a from t;`, a: '', b: 'grant select on v to drift_reader' },
    'grants VIEW public.v',
  ),
  different(
    'a grant on a column of a view',
    { base: `${base} create view v as select a from t;`, a: '', b: 'grant select (a) on v to drift_reader' },
    'grants COLUMN public.v.a',
  ),
  different(
    'a grant on a materialized view',
    { base: `${base} create materialized view m as select a from t;`, a: '', b: 'grant select on m to drift_reader' },
    'grants MATERIALIZED VIEW public.m',
  ),
  different(
    'a function that not everybody may call',
    {
      base: `${base} create function f(int) returns int language sql as 'select 1';`,
      a: '',
      b: 'revoke execute on function f from public; grant execute on function f to drift_reader',
    },
    'grants FUNCTION public.f(integer)',
  ),
  different(
    'a procedure that not everybody may call',
    {
      base: `${base} create procedure f(int) language sql as 'select 1';`,
      a: '',
      b: 'revoke execute on procedure f from public',
    },
    'grants PROCEDURE public.f(integer)',
  ),
  different(
    'an aggregate that not everybody may call',
    {
      base: 'create aggregate total(int) (sfunc = int4pl, stype = int);',
      a: '',
      b: 'revoke execute on function total from public',
    },
    'grants AGGREGATE public.total(integer)',
  ),
  different(
    'a type that not everybody may use',
    { base: "create type mood as enum ('ok');", a: '', b: 'revoke usage on type mood from public' },
    'grants TYPE public.mood',
  ),
  different(
    'a domain that not everybody may use',
    { base: 'create domain d as int;', a: '', b: 'revoke usage on domain d from public' },
    'grants DOMAIN public.d',
  ),
  different(
    'a role with a name that needs quotes',
    { base: `create role "drift Reader"; ${table}`, a: '', b: 'grant select on t to "drift Reader"' },
    'grants TABLE public.t',
  ),
  different(
    'a new table with grants',
    { base: 'create role drift_reader;', a: '', b: `${table} grant select on t to drift_reader` },
    'table public.t',
  ),
  different(
    'default privileges',
    { base, a: '', b: 'alter default privileges in schema public grant select on tables to drift_reader' },
    'default privileges FOR ROLE CURRENT_USER IN SCHEMA public.TABLES',
  ),
  different(
    'default privileges of a role in every schema',
    { base, a: '', b: 'alter default privileges for role drift_writer revoke execute on functions from public' },
    'default privileges FOR ROLE drift_writer.FUNCTIONS',
  ),
  different(
    'more default privileges',
    {
      base,
      a: 'alter default privileges in schema public grant usage on sequences to drift_reader',
      b: 'alter default privileges in schema public grant usage, select on sequences to drift_reader',
    },
    'default privileges FOR ROLE CURRENT_USER IN SCHEMA public.SEQUENCES',
  ),
  different(
    'a policy',
    { base, a: '', b: 'create policy p on t using (a > 0) with check (a > 1)' },
    'policy public.t.p',
  ),
  different(
    'the condition of a policy',
    { base, a: 'create policy p on t using (a > 0)', b: 'create policy p on t using (a > 1)' },
    'policy public.t.p',
  ),
  different(
    'its check',
    {
      base,
      a: 'create policy p on t for update using (a > 0)',
      b: 'create policy p on t for update using (a > 0) with check (a > 1)',
    },
    'policy public.t.p',
  ),
  different(
    'its command',
    { base, a: 'create policy p on t for select using (a > 0)', b: 'create policy p on t for delete using (a > 0)' },
    'policy public.t.p',
  ),
  different(
    'its roles',
    {
      base,
      a: 'create policy p on t to drift_reader using (a > 0)',
      b: 'create policy p on t to drift_writer, drift_reader using (a > 0)',
    },
    'policy public.t.p',
  ),
  different(
    'a restrictive policy',
    { base, a: 'create policy p on t using (a > 0)', b: 'create policy p on t as restrictive using (a > 0)' },
    'policy public.t.p',
  ),
  different(
    'a policy with a function and another table',
    {
      a: table,
      b: `${table} create function me() returns int language sql stable as 'select 1'; create table u (id int); create policy p on t using (id in (select id from u where id = me()))`,
    },
    'function public.me()',
    'policy public.t.p',
    'table public.u',
  ),

  same(
    'grants in another order',
    `${base} grant select on t to drift_reader; grant insert on t to drift_writer`,
    `${base} grant insert on t to drift_writer; grant select on t to drift_reader`,
  ),
  same(
    'a grant that was taken back',
    `${base}`,
    `${base} grant select on t to drift_reader; revoke select on t from drift_reader`,
  ),
  same('what the owner may anyway', table, `${table} grant all on t to current_user`),
  same(
    'all rights by name',
    `${base} grant all on t to drift_reader`,
    `${base} grant select, insert, update, delete, truncate, references, trigger on t to drift_reader; grant all privileges on t to drift_reader`,
  ),
  same(
    'what everybody may anyway',
    "create function f() returns int language sql as 'select 1'",
    "create function f() returns int language sql as 'select 1'; grant execute on function f to public",
  ),
  same(
    'another owner',
    `create role drift_writer; ${table}`,
    `create role drift_writer; ${table} alter table t owner to drift_writer`,
  ),
  same(
    'rights of an owner under another name',
    `create role drift_writer; ${table} grant select on t to drift_writer`,
    `create role drift_writer; ${table} alter table t owner to drift_writer`,
  ),
  same(
    'roles in another order',
    `${base} create policy p on t to drift_writer, drift_reader using (true)`,
    `${base} create policy p on t to drift_reader, drift_writer using (true)`,
  ),
];
