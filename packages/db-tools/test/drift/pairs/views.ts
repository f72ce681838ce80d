import { different, same } from '../pair.ts';

const base = 'create table t (id int primary key, a int, b text);';

export const views = [
  different('a view', { base, a: '', b: 'create view v as select a, b from t where a > 1' }, 'view public.v'),
  different(
    'the query of a view',
    { base, a: 'create view v as select a from t', b: 'create view v as select a from t where a > 0' },
    'view public.v',
  ),
  different(
    'the columns of a view',
    { base, a: 'create view v as select a from t', b: 'create view v as select b, a from t' },
    'view public.v',
  ),
  different(
    'the names of its columns',
    { base, a: 'create view v as select a from t', b: 'create view v (x) as select a from t' },
    'view public.v',
  ),
  different(
    'security invoker',
    {
      base,
      a: 'create view v as select a from t',
      b: 'create view v with (security_invoker = true) as select a from t',
    },
    'view public.v',
  ),
  different(
    'security barrier',
    { base, a: 'create view v as select a from t', b: 'create view v with (security_barrier) as select a from t' },
    'view public.v',
  ),
  different(
    'the check option',
    { base, a: 'create view v as select a from t', b: 'create view v as select a from t with local check option' },
    'view public.v',
  ),
  different(
    'a view under others',
    {
      base,
      a: 'create view v as select a from t; create view w as select a from v; create view x as select a from w',
      b: 'create view v as select a from t where a > 0; create view w as select a from v; create view x as select a from w',
    },
    'view public.v',
  ),
  different(
    'a view of views',
    {
      base,
      a: '',
      b: 'create view v as select a from t; create view w as select * from v, lateral (select 1 as one) l',
    },
    'view public.v',
    'view public.w',
  ),
  different(
    'a recursive view',
    { base, a: '', b: 'create recursive view r (n) as values (1) union all select n + 1 from r where n < 10' },
    'view public.r',
  ),
  different(
    'a view with a function',
    {
      base,
      a: '',
      b: "create function f(int) returns int language sql as 'select $1'; create view v as select f(a) as a from t",
    },
    'function public.f(integer)',
    'view public.v',
  ),
  different(
    'a column under a view',
    {
      a: 'create table t (a int); create view v as select a from t',
      b: 'create table t (a int, b int); create view v as select a, b from t',
    },
    'column public.t.b',
    'view public.v',
  ),
  different(
    'a materialized view',
    { base, a: '', b: 'create materialized view m as select a from t' },
    'materialized view public.m',
  ),
  different(
    'the query of a materialized view with an index',
    {
      base,
      a: 'create materialized view m as select a from t; create index mi on m (a)',
      b: 'create materialized view m as select a from t where a > 0; create index mi on m (a)',
    },
    'materialized view public.m',
  ),
  different(
    'storage parameters of a materialized view',
    {
      base,
      a: 'create materialized view m as select a from t',
      b: 'create materialized view m with (fillfactor = 70) as select a from t',
    },
    'materialized view public.m',
  ),
  different(
    'a view and a materialized one',
    { base, a: 'create view v as select a from t', b: 'create materialized view v as select a from t' },
    'materialized view public.v',
    'view public.v',
  ),
  different(
    'a table and a view of one name',
    { base, a: 'create table v (a int)', b: 'create view v as select a from t' },
    'table public.v',
    'view public.v',
  ),
  different('a rule', { base, a: '', b: 'create rule r as on insert to t do instead nothing' }, 'rule public.t.r'),
  different(
    'what a rule does',
    {
      base,
      a: 'create rule r as on update to t do also select 1',
      b: 'create rule r as on update to t do also select 2',
    },
    'rule public.t.r',
  ),
  different(
    'a disabled rule',
    { base: `${base} create rule r as on update to t do also select 1;`, a: '', b: 'alter table t disable rule r' },
    'rule public.t.r',
  ),
  different(
    'a rule of a view',
    {
      base,
      a: 'create view v as select a from t',
      b: 'create view v as select a from t; create rule r as on delete to v do instead nothing',
    },
    'rule public.v.r',
  ),

  same(
    'a query in other words',
    `${base} create view v as select a from t`,
    `${base} create or replace view public.v as SELECT public.t.a FROM ONLY public.t`.replace('ONLY ', ''),
  ),
  same(
    'a star and its columns',
    `${base} create view v as select * from t`,
    `${base} create view v as select id, a, b from t`,
  ),
  same(
    'with or without data',
    `${base} create materialized view m as select a from t`,
    `${base} create materialized view m as select a from t with no data`,
  ),
  same(
    'a view that was replaced',
    `${base} create view v as select a, b from t`,
    `${base} create view v as select a from t; create or replace view v as select a, b from t`,
  ),
  same(
    'another search path',
    `${base} create view v as select a from t`,
    `create schema x; set local search_path = x, public; ${base.replace('table t', 'table public.t')} create view public.v as select a from t; drop schema x`,
  ),
];
