import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UnfinishedToken } from '../migrator/lexer.ts';
import { parse } from './parse.ts';

const WORDS =
  'ALTER TABLE TYPE CREATE DROP INDEX CONCURRENTLY IF NOT NULL EXISTS ONLY ON ADD COLUMN CONSTRAINT FOREIGN KEY REFERENCES CHECK UNIQUE PRIMARY USING DEFAULT GENERATED ALWAYS AS IDENTITY SET DATA VALIDATE RENAME TO SCHEMA ENUM VALUE ( ( ) ) , . a "B c" "x""y" \'it\'\'s\' $$;$$ 1 integer varchar(3) text[]'.split(
    ' ',
  );

test('whatever words follow one another, parse makes something of them', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('ALTER TABLE', 'CREATE', 'DROP', 'ALTER TYPE', ''),
      fc.array(fc.constantFrom(...WORDS)),
      (head, words) => {
        const sql = [head, ...words].join(' ');
        try {
          expect(parse(sql).kind).toBeTypeOf('string');
        } catch (error) {
          if (!(error instanceof UnfinishedToken)) throw error;
        }
      },
    ),
    { numRuns: 3000 },
  );
});

test.each([
  [
    'ALTER TABLE ONLY "a"."B" * ADD COLUMN IF NOT EXISTS "c d" numeric(12, 2) DEFAULT NULL',
    {
      table: { schema: 'a', name: 'B' },
      actions: [
        {
          kind: 'add-column',
          column: { name: { name: 'c d' }, type: 'numeric(12, 2)', filled: false, notNull: false },
        },
      ],
    },
  ],
  [
    'alter table T add c timestamp (3) with time zone default now() not null, drop d cascade',
    {
      table: { name: 't' },
      actions: [
        { column: { type: 'timestamp (3) with time zone', value: 'now()', filled: true, notNull: true } },
        { kind: 'drop-column', column: { name: 'd' } },
      ],
    },
  ],
  [
    'alter table t alter c set data type int using (c::int)',
    { actions: [{ kind: 'set-type', type: 'int', using: '(c::int)' }] },
  ],
  [
    'alter table t add foreign key (a, "B") references u on delete set null (a) not valid',
    {
      actions: [
        {
          constraint: {
            type: 'foreign key',
            columns: [{ name: 'a' }, { name: 'B' }],
            notValid: true,
            references: { table: { name: 'u' }, columns: [] },
          },
        },
      ],
    },
  ],
  [
    'alter table t add check (a is not null and b not valid_at) ',
    { actions: [{ constraint: { type: 'check', notValid: false } }] },
  ],
  [
    'create unique index concurrently on only s.t using btree (a desc nulls last, lower(b), "C" text_pattern_ops) include (d) where a is null',
    { kind: 'create-index', unique: true, concurrently: true, columns: ['a', undefined, 'C'], where: 'a is null' },
  ],
  [
    'create table if not exists t (a int primary key, check (a > 0), constraint u unique (a, b), b text references s.u (x), like other including all)',
    {
      columns: [
        { name: { name: 'a' }, primaryKey: true },
        { name: { name: 'b' }, references: { table: { schema: 's' }, columns: ['x'] } },
      ],
      constraints: [{ type: 'check' }, { type: 'unique' }],
    },
  ],
  [
    'drop materialized view if exists a, "b" cascade',
    { kind: 'drop', what: 'VIEW', names: [{ name: 'a' }, { name: 'b' }] },
  ],
  ['drop function f(int, text), g', { kind: 'drop', what: 'FUNCTION', names: [{ name: 'f' }, { name: 'g' }] }],
  [`create type s.e as enum ('a', 'it''s')`, { kind: 'create-enum', values: ['a', "it's"] }],
  [`alter type s.e add value if not exists 'x' before 'a'`, { kind: 'add-enum-value', value: 'x' }],
  [`alter type s.e rename value 'x' to 'a'`, { kind: 'other' }],
])('%s', (sql, parsed) => {
  expect(parse(sql)).toMatchObject(parsed);
});
