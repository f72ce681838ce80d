import { different, same } from '../pair.ts';

export const types = [
  different('an enum', { a: '', b: "create type mood as enum ('ok', 'sad')" }, 'enum public.mood'),
  different(
    'a label at the end',
    { a: "create type mood as enum ('ok', 'sad')", b: "create type mood as enum ('ok', 'sad', 'it''s')" },
    'enum public.mood',
  ),
  different(
    'labels in front, between and behind',
    { a: "create type mood as enum ('b', 'd')", b: "create type mood as enum ('a', 'b', 'c', 'c2', 'd', 'e')" },
    'enum public.mood',
  ),
  different(
    'the order of labels',
    { a: "create type mood as enum ('ok', 'sad')", b: "create type mood as enum ('sad', 'ok')" },
    'enum public.mood',
  ),
  different(
    'the order of labels in use',
    {
      a: "create type mood as enum ('ok', 'sad'); create table t (m mood)",
      b: "create type mood as enum ('sad', 'ok'); create table t (m mood)",
      manual: ['a to b', 'b to a'],
    },
    'enum public.mood',
  ),
  different(
    'a label in use',
    {
      a: "create type mood as enum ('ok', 'sad'); create table t (m mood default 'ok', l mood[])",
      b: "create type mood as enum ('ok', 'meh', 'sad'); create table t (m mood default 'ok', l mood[])",
      manual: ['b to a'],
    },
    'enum public.mood',
  ),
  different(
    'a new enum in a column',
    { a: 'create table t (m text)', b: "create type mood as enum ('ok'); create table t (m mood)" },
    'column public.t.m',
    'enum public.mood',
  ),
  different(
    'one enum and another',
    {
      base: "create type a as enum ('x'); create type b as enum ('x', 'y');",
      a: 'create table t (m a, n a[])',
      b: 'create table t (m b, n b[])',
    },
    'column public.t.m',
    'column public.t.n',
  ),
  different(
    'an enum used by a function',
    {
      a: "create type mood as enum ('ok', 'sad'); create function f(mood) returns mood language sql as 'select $1'",
      b: "create type mood as enum ('ok'); create function f(mood) returns mood language sql as 'select $1'",
    },
    'enum public.mood',
  ),
  different(
    'a domain',
    {
      a: '',
      b: "create domain email as text collate \"C\" default 'x' not null constraint has_at check (value like '%@%')",
    },
    'domain public.email',
  ),
  different('the type of a domain', { a: 'create domain d as int', b: 'create domain d as bigint' }, 'domain public.d'),
  different(
    'the type of a domain in use',
    {
      a: 'create domain d as int; create table t (x d)',
      b: 'create domain d as bigint; create table t (x d)',
      manual: ['a to b', 'b to a'],
    },
    'domain public.d',
  ),
  different(
    'the default of a domain',
    { a: 'create domain d as int default 1', b: 'create domain d as int default 2' },
    'domain public.d',
  ),
  different(
    'a domain without a default',
    { a: 'create domain d as int default 1', b: 'create domain d as int' },
    'domain public.d',
  ),
  different(
    'a domain that is not null',
    { a: 'create domain d as int', b: 'create domain d as int not null' },
    'domain public.d',
  ),
  different(
    'a domain in a column',
    { base: 'create domain d as int;', a: 'create table t (x int)', b: 'create table t (x d)' },
    'column public.t.x',
  ),
  different(
    'a composite type',
    { a: '', b: 'create type pair as (a int, "B" text collate "C", c numeric(3,1)[])' },
    'composite type public.pair',
  ),
  different(
    'a composite type without attributes',
    { a: '', b: 'create type nothing as ()' },
    'composite type public.nothing',
  ),
  different(
    'attributes of a composite type',
    { a: 'create type pair as (a int, b text)', b: 'create type pair as (a int, c text, d int)' },
    'composite type public.pair',
  ),
  different(
    'the type of an attribute',
    { a: 'create type pair as (a int, b text)', b: 'create type pair as (a bigint, b text)' },
    'composite type public.pair',
  ),
  different(
    'the order of attributes',
    { a: 'create type pair as (a int, b text)', b: 'create type pair as (b text, a int)' },
    'composite type public.pair',
  ),
  different(
    'the order of attributes in use',
    {
      a: 'create type pair as (a int, b text); create table t (p pair)',
      b: 'create type pair as (b text, a int); create table t (p pair)',
      manual: ['a to b', 'b to a'],
    },
    'composite type public.pair',
  ),
  different(
    'a range',
    { a: '', b: 'create type span as range (subtype = float8, subtype_diff = float8mi)' },
    'range type public.span',
  ),
  different(
    'the subtype of a range',
    { a: 'create type span as range (subtype = float8)', b: 'create type span as range (subtype = float4)' },
    'range type public.span',
  ),
  different(
    'the name of a multirange',
    {
      a: 'create type span as range (subtype = float8)',
      b: 'create type span as range (subtype = float8, multirange_type_name = spans)',
    },
    'range type public.span',
  ),
  different(
    'a type and its use in several places',
    {
      a: '',
      b: "create type mood as enum ('ok'); create domain moods as mood[]; create type pair as (m mood, n moods); create table t (b pair, m mood default 'ok'); create function f(pair) returns setof t language sql as 'select * from t'",
    },
    'composite type public.pair',
    'domain public.moods',
    'enum public.mood',
    'function public.f(public.pair)',
    'table public.t',
  ),
  different(
    'an operator',
    {
      base: "create function f(int, int) returns int language sql immutable as 'select 1';",
      a: '',
      b: 'create operator public.@+@ (leftarg = int, rightarg = int, function = f)',
      manual: ['a to b'],
    },
    'other operator public.@+@(integer,integer)',
  ),
  different(
    'a comment on an operator',
    {
      base: "create function f(int, int) returns int language sql immutable as 'select 1'; create operator public.@+@ (leftarg = int, rightarg = int, function = f);",
      a: '',
      b: "comment on operator public.@+@ (int, int) is 'odd'",
    },
    'comment OPERATOR public.@+@(integer,integer)',
  ),
  different(
    'a cast',
    {
      base: "create type p as (a int); create function f(p) returns text language sql immutable as 'select ''x''';",
      a: 'create cast (p as text) with function f(p)',
      b: 'create cast (p as text) with function f(p) as assignment',
      manual: ['a to b', 'b to a'],
    },
    'other cast (public.p AS pg_catalog.text)',
  ),
  different(
    'a collation',
    { a: '', b: "create collation german (provider = icu, locale = 'de')", manual: ['a to b'] },
    'other collation public.german',
  ),
  different(
    'a text search configuration',
    {
      a: 'create text search configuration ts (copy = simple)',
      b: 'create text search configuration ts (copy = english)',
      manual: ['a to b', 'b to a'],
    },
    'other text search configuration public.ts',
  ),

  same(
    'labels added later',
    "create type mood as enum ('a', 'b', 'c')",
    "create type mood as enum ('a', 'c'); alter type mood add value 'b' before 'c'",
  ),
  same(
    'a label that was renamed',
    "create type mood as enum ('a', 'b')",
    "create type mood as enum ('a', 'x'); alter type mood rename value 'x' to 'b'",
  ),
  same(
    'attributes added later',
    'create type pair as (a int, b text)',
    'create type pair as (a int); alter type pair add attribute b text',
  ),
  same(
    'a domain in other words',
    'create domain d as int check (value > 0)',
    'create domain d as integer constraint d_check check ((value > 0))',
  ),
];
