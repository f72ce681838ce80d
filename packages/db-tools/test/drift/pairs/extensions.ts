import { different, same } from '../pair.ts';

export const extensions = [
  different('an extension', { a: '', b: 'create extension hstore' }, 'extension hstore'),
  different(
    'its schema',
    { base: 'create schema ext;', a: 'create extension hstore', b: 'create extension hstore schema ext' },
    'extension hstore',
  ),
  different(
    'its version',
    { a: "create extension hstore version '1.7'", b: 'create extension hstore', manual: ['b to a'] },
    'extension hstore',
  ),
  different(
    'a column of its type',
    { base: 'create extension citext;', a: 'create table t (a text)', b: 'create table t (a citext)' },
    'column public.t.a',
  ),
  different(
    'an extension with what uses it',
    { a: '', b: 'create extension pg_trgm; create table t (a text); create index i on t using gin (a gin_trgm_ops)' },
    'extension pg_trgm',
    'table public.t',
  ),
  different(
    'a comment on an extension',
    { base: 'create extension hstore;', a: '', b: "comment on extension hstore is 'ours'" },
    'comment EXTENSION hstore',
  ),
  different(
    'a foreign table',
    {
      base: 'create extension file_fdw; create server files foreign data wrapper file_fdw;',
      a: '',
      b: "create foreign table t (a text) server files options (filename '/dev/null', format 'csv')",
    },
    'table public.t',
  ),
  different(
    'a foreign server',
    {
      base: 'create extension file_fdw;',
      a: '',
      b: 'create server files foreign data wrapper file_fdw',
      manual: ['a to b'],
    },
    'other server files',
  ),
  different(
    'a publication',
    {
      base: 'create table t (a int, b int);',
      a: '',
      b: "create publication p for table t (a) where (a > 1) with (publish = 'insert, update')",
    },
    'publication p',
  ),
  different(
    'what a publication contains',
    {
      base: 'create table t (a int, b int);',
      a: 'create publication p for all tables',
      b: 'create publication p for tables in schema public',
    },
    'publication p',
  ),
  same(
    'members of an extension',
    'create extension hstore',
    "create extension hstore; create table t (a hstore default ''); drop table t",
  ),
  same(
    'the version that is installed anyway',
    'create extension hstore',
    "create extension hstore version '1.7'; alter extension hstore update",
  ),
  same(
    'what another session has for itself',
    'create table t (a int)',
    'create table t (a int); create temporary table u (a int); create temporary view w as select 1 as a',
  ),
];
