import { different, same } from '../pair.ts';

const base =
  `create table t (id int constraint k primary key, a int check (a > 0)); create index i on t (a); create view v as select a from t; create materialized view m as select a from t;
  create sequence s; create type e as enum ('x'); create domain d as int constraint dk check (value > 0); create type c as (x int); create function f(int) returns trigger language plpgsql as 'begin end';
  create function g() returns trigger language plpgsql as 'begin end'; create procedure p() language sql as 'select 1'; create aggregate agg(int) (sfunc = int4pl, stype = int); create trigger tr after insert on t execute function g();
  create policy pol on t using (true); create rule r as on update to t do also select 1; create statistics st on id, a from t; create schema sc;`.replace(
    "create function f(int) returns trigger language plpgsql as 'begin end';",
    "create function f(int) returns int language sql as 'select 1';",
  );

const TARGETS = [
  'TABLE public.t',
  'COLUMN public.t.a',
  'COLUMN public.v.a',
  'COLUMN public.c.x',
  'CONSTRAINT k ON public.t',
  'CONSTRAINT dk ON DOMAIN public.d',
  'INDEX public.i',
  'VIEW public.v',
  'MATERIALIZED VIEW public.m',
  'SEQUENCE public.s',
  'TYPE public.e',
  'DOMAIN public.d',
  'TYPE public.c',
  'FUNCTION public.f(integer)',
  'PROCEDURE public.p()',
  'AGGREGATE public.agg(integer)',
  'TRIGGER tr ON public.t',
  'POLICY pol ON public.t',
  'RULE r ON public.t',
  'STATISTICS public.st',
  'SCHEMA sc',
];

export const comments = [
  different(
    'a comment on every kind',
    { base, a: '', b: TARGETS.map((target) => `comment on ${target} is 'hello'`).join(';') },
    ...TARGETS.map((target) => `comment ${target}`).sort(),
  ),
  different(
    'another comment',
    {
      base,
      a: "comment on table t is 'a'",
      b: String.raw`comment on table t is 'it''s \n' || chr(10)`.replace(' || chr(10)', ''),
    },
    'comment TABLE public.t',
  ),
  different(
    'a table that is made with its comments',
    { a: '', b: "create table t (a int); comment on table t is 'x'; comment on column t.a is 'y'" },
    'table public.t',
  ),
  same('an empty comment is none', 'create table t (a int)', "create table t (a int); comment on table t is ''"),
  same(
    'a comment that was taken back',
    'create table t (a int)',
    "create table t (a int); comment on table t is 'x'; comment on table t is null",
  ),
  same(
    'comments on what is not the schema',
    'create table t (a int)',
    "create role drift_reader; comment on role drift_reader is 'x'; create table t (a int)",
  ),
];
