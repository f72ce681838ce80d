import { different, same } from '../pair.ts';

const f = (name: string, a: string, b: string, ...rest: string[]) =>
  different(name, { a, b }, ...(rest.length > 0 ? rest : ['function public.f(integer)']));
const sql = (attributes: string) => `create function f(a int) returns int language sql ${attributes} as 'select a'`;
const trigger =
  "create table t (a int, b int); create function f() returns trigger language plpgsql as 'begin return new; end';";

export const functions = [
  f('a function', '', sql('')),
  f('its body', sql(''), "create function f(a int) returns int language sql as 'select a + 1'"),
  f('blanks in its body', sql(''), "create function f(a int) returns int language sql as 'select  a'"),
  f('volatility', sql(''), sql('immutable')),
  f('strict', sql(''), sql('strict')),
  f('security definer', sql(''), sql('security definer')),
  f('leakproof', sql(''), sql('leakproof')),
  f('parallel', sql(''), sql('parallel safe')),
  f('cost', sql(''), sql('cost 7')),
  f('a setting', sql(''), sql('set search_path = pg_catalog, pg_temp')),
  f('two settings', sql("set work_mem = '1MB'"), sql("set search_path = '' set work_mem = '2MB'")),
  f(
    'the language',
    "create function f(a int) returns int language sql as 'select a'",
    "create function f(a int) returns int language plpgsql as 'begin return a; end'",
  ),
  f('what it returns', sql(''), "create function f(a int) returns bigint language sql as 'select a::bigint'"),
  f('the name of an argument', sql(''), "create function f(b int) returns int language sql as 'select b'"),
  f('the default of an argument', sql(''), "create function f(a int default 5) returns int language sql as 'select a'"),
  f(
    'a body of statements',
    sql(''),
    'create function f(a int) returns int language sql begin atomic select a + 1; end',
  ),
  f(
    'its arguments',
    sql(''),
    "create function f(a text) returns int language sql as 'select 1'",
    'function public.f(integer)',
    'function public.f(text)',
  ),
  f(
    'an overload',
    sql(''),
    `${sql('')}; create function f(a int, b text) returns int language sql as 'select a'`,
    'function public.f(integer, text)',
  ),
  f(
    'a function that returns a table',
    '',
    "create function f(a int) returns table (x int, y text) language sql as 'select 1, ''a'''",
  ),
  f(
    'out arguments',
    '',
    "create function f(a int, out x int, inout y int) language sql as 'select 1, 2'",
    'function public.f(integer, integer)',
  ),
  f(
    'variadic arguments',
    '',
    "create function f(variadic a int[]) returns int language sql as 'select 1'",
    'function public.f(integer[])',
  ),
  f(
    'set of a table',
    '',
    "create table t (a int); create function f() returns setof t language sql rows 5 as 'select * from t'",
    'function public.f()',
    'table public.t',
  ),
  f(
    'quotes and dollars in a body',
    '',
    "create function f(a int) returns int language plpgsql as $body$ begin execute $$select '$1'$$; return a; end $body$",
  ),
  f('a procedure', '', "create procedure f(a int) language sql as 'select a'"),
  f('a function and a procedure', sql(''), "create procedure f(a int) language sql as 'select a'"),
  f('a procedure with out arguments', '', "create procedure f(a int, out b int) language sql as 'select a'"),
  f(
    'an aggregate',
    "create function s(int, int) returns int language sql immutable as 'select $1 + $2'",
    "create function s(int, int) returns int language sql immutable as 'select $1 + $2'; create aggregate total(int) (sfunc = s, stype = int, initcond = '0')",
    'aggregate public.total(integer)',
  ),
  f(
    'an option of an aggregate',
    'create aggregate total(int) (sfunc = int4pl, stype = int)',
    'create aggregate total(int) (sfunc = int4pl, stype = int, combinefunc = int4pl, parallel = safe)',
    'aggregate public.total(integer)',
  ),
  f(
    'a moving aggregate without arguments',
    '',
    "create aggregate n(*) (sfunc = int8inc, stype = int8, initcond = '0', msfunc = int8inc, minvfunc = int8dec, mstype = int8, minitcond = '0')",
    'aggregate public.n(*)',
  ),
  f(
    'a function under a default, an index, a check and a view',
    `${sql('immutable')}; create table t (a int default f(1) check (f(a) > 0)); create index i on t (f(a)); create view v as select f(a) as x from t`,
    "create function f(b int) returns int language sql immutable as 'select b'; create table t (a int default f(1) check (f(a) > 0)); create index i on t (f(a)); create view v as select f(a) as x from t",
  ),
  f(
    'a function under a generated column',
    `${sql('immutable')}; create table t (a int, g int generated always as (f(a)) stored)`,
    "create function f(b int) returns int language sql immutable as 'select b'; create table t (a int, g int generated always as (f(a)) stored)",
  ),

  different(
    'a trigger',
    { base: trigger, a: '', b: 'create trigger tr before insert on t for each row execute function f()' },
    'trigger public.t.tr',
  ),
  different(
    'when a trigger fires',
    {
      base: trigger,
      a: 'create trigger tr before insert on t for each row execute function f()',
      b: 'create trigger tr after insert or update of a on t for each row when (new.a > 1) execute function f()',
    },
    'trigger public.t.tr',
  ),
  different(
    'per row and per statement',
    {
      base: trigger,
      a: 'create trigger tr after insert on t for each row execute function f()',
      b: 'create trigger tr after insert on t for each statement execute function f()',
    },
    'trigger public.t.tr',
  ),
  different(
    'transition tables',
    {
      base: trigger,
      a: 'create trigger tr after insert on t for each statement execute function f()',
      b: 'create trigger tr after insert on t referencing new table as added for each statement execute function f()',
    },
    'trigger public.t.tr',
  ),
  different(
    'arguments of a trigger',
    {
      base: trigger,
      a: "create trigger tr after insert on t execute function f('a')",
      b: "create trigger tr after insert on t execute function f('b', 'c')",
    },
    'trigger public.t.tr',
  ),
  different(
    'a disabled trigger',
    {
      base: `${trigger} create trigger tr after insert on t execute function f();`,
      a: '',
      b: 'alter table t disable trigger tr',
    },
    'trigger public.t.tr',
  ),
  different(
    'a trigger that fires always',
    {
      base: trigger,
      a: '',
      b: 'create trigger tr after insert on t execute function f(); alter table t enable always trigger tr',
    },
    'trigger public.t.tr',
  ),
  different(
    'a constraint trigger',
    {
      base: trigger,
      a: '',
      b: 'create constraint trigger tr after insert on t deferrable initially deferred for each row execute function f()',
    },
    'trigger public.t.tr',
  ),
  different(
    'a trigger of a view',
    {
      base: `${trigger} create view v as select a from t;`,
      a: '',
      b: 'create trigger tr instead of insert on v for each row execute function f()',
    },
    'trigger public.v.tr',
  ),
  different(
    'a table with its trigger',
    { a: '', b: `${trigger} create trigger tr before insert on t for each row execute function f()` },
    'function public.f()',
    'table public.t',
  ),
  different(
    'an event trigger',
    {
      base: "create function e() returns event_trigger language plpgsql as 'begin end';",
      a: '',
      b: 'create event trigger et on ddl_command_end execute function e()',
    },
    'event trigger et',
  ),
  different(
    'what an event trigger listens to',
    {
      base: "create function e() returns event_trigger language plpgsql as 'begin end';",
      a: "create event trigger et on ddl_command_end when tag in ('DROP TABLE') execute function e()",
      b: "create event trigger et on ddl_command_end when tag in ('DROP TABLE', 'DROP VIEW') execute function e()",
    },
    'event trigger et',
  ),
  different(
    'a disabled event trigger',
    {
      base: "create function e() returns event_trigger language plpgsql as 'begin end'; create event trigger et on ddl_command_end execute function e();",
      a: '',
      b: 'alter event trigger et disable',
    },
    'event trigger et',
  ),

  same(
    'what is the default anyway',
    sql(''),
    sql('volatile called on null input security invoker not leakproof parallel unsafe cost 100'),
  ),
  same(
    'a function that was replaced',
    sql(''),
    `${sql('immutable')}; create or replace function f(a int) returns int language sql as 'select a'`,
  ),
  same('other quotes around a body', sql(''), 'create function f(a int) returns int language sql as $x$select a$x$'),
  same(
    'other line ends',
    "create function f() returns int language sql as 'select\n1'",
    "create function f() returns int language sql as 'select\r\n1'",
  ),
  same(
    'names of one type',
    "create function f(a int, b varchar) returns bool language sql as 'select true'",
    "create function f(a integer, b character varying) returns boolean language sql as 'select true'",
  ),
  same(
    'a trigger in other words',
    `${trigger} create trigger tr before update or insert on t for each row execute procedure f()`,
    `${trigger} create trigger tr before insert or update on public.t for row execute function public.f()`,
  ),
];
