import { expect, test } from 'vitest';
import { effectsOf } from '../migrator/effects.ts';
import { whyBackup } from './before-migrate.ts';

const plan = (...statements: string[]) => [
  {
    tag: '0007_next',
    statements: statements.map((sql, index) => ({
      number: index + 1,
      sql,
      done: false,
      effects: effectsOf(sql).map(({ table, lock, hazards }) => ({ table, lock, hazards, isNew: false })),
    })),
  },
];

test.each([
  'drop table files',
  'truncate files',
  'alter table files drop column name',
  'alter table files alter column size type integer',
  'delete from files',
  'update files set name = upper(name)',
  'with gone as (delete from files returning *) select * from gone',
  'do $$ begin execute something; end $$',
  "select archive('files')",
  'drop schema old cascade',
  'drop type mood cascade',
  "insert into packages values ('a') on conflict (code) do update set name = excluded.name",
  'alter type address drop attribute street',
  'alter type address alter attribute street type varchar(3) cascade',
  'alter foreign table remote drop column name',
  '-- a note\n/* and another */ drop view v cascade',
])('a backup comes before: %s', (sql) => {
  expect(whyBackup(plan('create table a ()', sql), 'destructive')).toBe('0007_next, statement 2, can lose data');
});

test.each([
  'create table t (id int)',
  'alter table files add column note text',
  'create index concurrently i on files (name)',
  'drop index concurrently i',
  'alter table files drop constraint c',
  "insert into packages values ('a')",
  "insert into packages values ('a') on conflict do nothing",
  'alter type address add attribute street text cascade',
  "alter type mood add value 'ok'",
  'alter foreign table remote add column name text',
  'grant select on files to reader',
  "comment on table files is 'delete'",
])('no backup is needed before: %s', (sql) => {
  expect(whyBackup(plan(sql), 'destructive')).toBe(undefined);
  expect(whyBackup(plan(sql), 'always')).toBe('0007_next is pending');
});

test('nothing pending needs no backup', () => {
  expect(whyBackup([], 'always')).toBe(undefined);
});
