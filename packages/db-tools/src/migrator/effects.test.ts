import { expect, test } from 'vitest';
import { createdTable, effectsOf } from './effects.ts';

const READS = ['blocks-reads', 'blocks-writes'];

test.each([
  ['create index i on s.t (a)', [{ table: 's.t', lock: 'SHARE', hazards: ['blocks-writes', 'builds-index'] }]],
  ['create index concurrently i on t (a)', [{ table: 't', lock: 'SHARE UPDATE EXCLUSIVE', hazards: ['builds-index'] }]],
  ['alter table t add column a int', [{ table: 't', lock: 'ACCESS EXCLUSIVE', hazards: READS }]],
  [
    'alter table t add column a int not null',
    [{ table: 't', lock: 'ACCESS EXCLUSIVE', hazards: [...READS, 'fails-on-rows'] }],
  ],
  ['alter table t add column a int not null default 0', [{ table: 't', lock: 'ACCESS EXCLUSIVE', hazards: READS }]],
  [
    'alter table t add column a uuid default gen_random_uuid()',
    [{ table: 't', lock: 'ACCESS EXCLUSIVE', hazards: [...READS, 'rewrites-table'] }],
  ],
  [
    'alter table t add a serial, drop column b',
    [{ table: 't', lock: 'ACCESS EXCLUSIVE', hazards: [...READS, 'rewrites-table', 'deletes-data'] }],
  ],
  [
    'alter table t alter column a set data type text using a::text',
    [{ table: 't', lock: 'ACCESS EXCLUSIVE', hazards: [...READS, 'rewrites-table'] }],
  ],
  [
    'alter table t alter column a set not null',
    [{ table: 't', lock: 'ACCESS EXCLUSIVE', hazards: [...READS, 'scans-table'] }],
  ],
  ['alter table t validate constraint c', [{ table: 't', lock: 'SHARE UPDATE EXCLUSIVE', hazards: ['scans-table'] }]],
  ['alter table t rename column a to b', [{ table: 't', lock: 'ACCESS EXCLUSIVE', hazards: [...READS, 'renames'] }]],
  [
    'ALTER TABLE "t" ADD CONSTRAINT "c" FOREIGN KEY ("u") REFERENCES "public"."u"("id") ON DELETE no action',
    [
      { table: '"t"', lock: 'SHARE ROW EXCLUSIVE', hazards: ['blocks-writes', 'scans-table'] },
      { table: '"public"."u"', lock: 'SHARE ROW EXCLUSIVE', hazards: ['blocks-writes'] },
    ],
  ],
  [
    'alter table t add constraint c check (a > 0) not valid',
    [{ table: 't', lock: 'ACCESS EXCLUSIVE', hazards: READS }],
  ],
  [
    'drop table if exists a, b cascade',
    ['a', 'b'].map((table) => ({ table, lock: 'ACCESS EXCLUSIVE', hazards: [...READS, 'deletes-data'] })),
  ],
  ['drop index i', [{ table: 'i', isIndex: true, lock: 'ACCESS EXCLUSIVE', hazards: READS }]],
  [
    'truncate a, b',
    ['a', 'b'].map((table) => ({ table, lock: 'ACCESS EXCLUSIVE', hazards: [...READS, 'deletes-data'] })),
  ],
  ['update only t set a = 1', [{ table: 't', lock: 'ROW EXCLUSIVE', hazards: ['changes-rows'] }]],
  ['lock table t in share mode', [{ table: 't', lock: 'SHARE', hazards: ['blocks-writes'] }]],
  ['vacuum (analyze) s."T"', [{ table: 's."T"', lock: 'SHARE UPDATE EXCLUSIVE', hazards: [] }]],
  ['vacuum full verbose t', [{ table: 't', lock: 'ACCESS EXCLUSIVE', hazards: [...READS, 'rewrites-table'] }]],
  ['cluster verbose t using i', [{ table: 't', lock: 'ACCESS EXCLUSIVE', hazards: [...READS, 'rewrites-table'] }]],
  [
    'insert into t select 1 on conflict (a) do update set a = 2',
    [{ table: 't', lock: 'ROW EXCLUSIVE', hazards: ['changes-rows'] }],
  ],
  ['insert into t select 1 on conflict do nothing', [{ table: 't', lock: 'ROW EXCLUSIVE', hazards: [] }]],
  [
    'alter type s."T" add attribute a int, drop attribute if exists b cascade',
    [{ table: 's."T"', lock: 'ACCESS EXCLUSIVE', hazards: [...READS, 'deletes-data'] }],
  ],
  [
    'alter foreign table if exists t drop column b',
    [{ table: 't', lock: 'ACCESS EXCLUSIVE', hazards: [...READS, 'deletes-data'] }],
  ],
  ['create type mood as enum ()', []],
])('%s', (sql, effects) => {
  expect(effectsOf(sql)).toEqual(effects);
});

test.each([
  ['create table if not exists s.t (a int)', 's.t'],
  ['create unlogged table "T" as select 1', '"T"'],
  ['create index i on t (a)', undefined],
])('%s creates %s', (sql, table) => {
  expect(createdTable(sql)).toBe(table);
});
