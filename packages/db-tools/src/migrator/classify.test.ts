import { describe, expect, test } from 'vitest';
import { classify } from './classify.ts';

describe('outside of a transaction', () => {
  test.each([
    [
      'create unique index concurrently if not exists "My idx" on only s."T" (a)',
      { kind: 'create-index', index: '"My idx"', table: 's."T"', ifNotExists: true },
    ],
    ['CREATE INDEX CONCURRENTLY ON t (a)', { kind: 'create-index', index: undefined, table: 't', ifNotExists: false }],
    [
      'create /* why */ index -- now\n concurrently i on t using gin (a)',
      { kind: 'create-index', index: 'i', table: 't', ifNotExists: false },
    ],
    ['drop index concurrently if exists s.i', { kind: 'drop-index', index: 's.i' }],
    ['reindex (verbose) table concurrently t', { kind: 'reindex' }],
    ['reindex (concurrently) index i', { kind: 'reindex' }],
    ['reindex schema public', { kind: 'reindex' }],
    ['vacuum (full) t', { kind: 'repeatable' }],
    ['cluster', { kind: 'repeatable' }],
    ['alter system set work_mem = 1', { kind: 'repeatable' }],
    [
      'alter table only p detach partition s.c concurrently',
      { kind: 'detach-partition', parent: 'p', partition: 's.c' },
    ],
    ['create database d', { kind: 'create-database', name: 'd' }],
    ['drop database if exists d with (force)', { kind: 'drop-database', name: 'd' }],
    ["create tablespace ts location '/x'", { kind: 'create-tablespace', name: 'ts' }],
    ["create subscription s connection 'c' publication p", { kind: 'create-subscription', name: 's' }],
    ['alter subscription s refresh publication', { kind: 'unknown' }],
  ])('%s', (sql, operation) => {
    expect(classify(sql)).toEqual({ mode: 'own', operation });
  });
});

describe('inside of one', () => {
  test.each([
    'create index i on t (concurrently)',
    'drop index i',
    'reindex table t',
    'cluster t using i',
    'alter table p detach partition c',
    'alter table p detach partition "concurrently"',
    "create subscription s connection 'c' publication p with (create_slot = false)",
    'alter database d set work_mem = 1',
    'select 1',
    'create procedure p() language plpgsql as $$ begin commit; end $$',
    'set constraints all deferred',
  ])('%s', (sql) => {
    expect(classify(sql)).toEqual({ mode: 'transactional' });
  });
});

test.each([
  'set search_path = a',
  'reset all',
  "select set_config('a.b', 'c', false)",
  "SELECT pg_catalog.set_config('search_path', '', false)",
  'SET ROLE r',
  'set session authorization default',
])('%s outlives its file', (sql) => {
  expect(classify(sql)).toEqual({ mode: 'transactional', setting: 'session' });
});

test.each([
  ['set local work_mem = 1', 'local'],
  ["select set_config('a.b', 'c', true)", 'local'],
  ["insert into t select set_config('a.b', 'c', false)", 'mixed'],
  ["select set_config('a.b', c, false) from t", 'mixed'],
])('%s is known to set something, %s', (sql, setting) => {
  expect(classify(sql)).toEqual({ mode: 'transactional', setting });
});

test('a new enum value must be committed before it is used', () => {
  expect(classify("alter type s.mood add value if not exists 'ok' after 'sad'")).toMatchObject({
    mode: 'commit-after',
  });
  expect(classify("alter type mood rename value 'a' to 'b'")).toMatchObject({ mode: 'transactional' });
});

test.each([
  'begin',
  'BEGIN ISOLATION LEVEL SERIALIZABLE',
  'start transaction',
  'commit and chain',
  'end',
  'rollback to savepoint s',
  'savepoint s',
  'release s',
  "prepare transaction 'x'",
  'set transaction read only',
  'abort',
  'discard all',
  'copy t from stdin',
  'copy t to stdout',
  'set standard_conforming_strings = off',
  "set client_encoding = 'LATIN1'",
  "set names 'latin1'",
  "select set_config('client_encoding', 'LATIN1', false)",
  'select pg_catalog.pg_advisory_unlock_all()',
])('%s is refused', (sql) => {
  expect(classify(sql)).toMatchObject({ mode: 'refused' });
});

test.each([
  'prepare p as select 1',
  "copy t from '/file'",
  'set standard_conforming_strings = on',
  "set client_encoding = 'UTF8'",
  "insert into notes values ('never call pg_advisory_unlock_all()')",
])('%s is not', (sql) => {
  expect(classify(sql)).toMatchObject({ mode: 'transactional' });
});
