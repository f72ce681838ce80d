import { expect, test } from 'vitest';
import { isAssignable, keepsRows, keepsValues } from '../../src/lint/types.ts';
import { createDatabase } from '../migrator/database.ts';

const TYPES = [
  'smallint',
  'integer',
  'bigint',
  'numeric',
  'numeric(10, 2)',
  'numeric(12, 2)',
  'numeric(12, 3)',
  'real',
  'double precision',
  'text',
  'varchar',
  'character varying(20)',
  'varchar(40)',
  'char(3)',
  'boolean',
  'uuid',
  'date',
  'time',
  'timestamp',
  'timestamp (3)',
  'timestamp (3) with time zone',
  'timestamptz',
  'interval',
  'json',
  'jsonb',
  'inet',
  'cidr',
  'bytea',
  'text[]',
  'integer[]',
];

test('of every pair of types we say what the server does: accept it, keep the rows as they are', async () => {
  const { sql } = await createDatabase();
  const server = await sql.begin(async (tx) => {
    await tx`set local timezone = 'Europe/Berlin'`;
    await tx`create temp table answers (source text, target text, assignable boolean, kept boolean)`;
    await tx.unsafe(TRY_ALL);
    return await tx<{ source: string; target: string; assignable: boolean; kept: boolean }[]>`select * from answers`;
  });
  const ours = server.map(({ source, target }) => ({
    source,
    target,
    assignable: isAssignable(source, target),
    kept: keepsRows(source, target),
  }));
  expect(server).toHaveLength(TYPES.length * (TYPES.length - 1));
  expect(ours).toEqual([...server]);
});

const TRY_ALL = `do $$
declare
  types text[] := array[${TYPES.map((type) => `'${type}'`).join(', ')}];
  source text;
  target text;
  node oid;
begin
  foreach source in array types loop
    foreach target in array types loop
      continue when source = target;
      begin
        execute 'create temp table t (a ' || source || ')';
        node := pg_relation_filenode('t');
        execute 'alter table t alter column a set data type ' || target;
        insert into answers values (source, target, true, node = pg_relation_filenode('t'));
        drop table t;
      exception when datatype_mismatch then
        insert into answers values (source, target, false, false);
      end;
    end loop;
  end loop;
end $$`;

/** Values at the edges of a type. */
const EDGES: Record<string, string[]> = {
  smallint: ['-32768', '32767'],
  integer: ['-2147483648', '2147483647', '7'],
  bigint: ['-9223372036854775808', '9007199254740993', '7'],
  'numeric(10, 2)': ['-99999999.99', '0.01'],
  'numeric(12, 3)': ['-999999999.999', '0.001'],
  real: ['1.1', '-3.4e38', '1e-38'],
  'double precision': ['1.1', '-1.7e308', '4.9e-324'],
  text: ['', ' a ', 'ä'],
  'varchar(40)': ['', ' a ', '0123456789012345678901234567890123456789'],
  date: ['2026-02-28', '0001-01-01'],
  timestamp: ['2026-02-28 12:34:56.123456'],
  'timestamp (3)': ['2026-02-28 12:34:56.123'],
  boolean: ['t'],
  uuid: ['00000000-0000-0000-0000-000000000001'],
};

test('a change of type of which we say that it keeps values gives every one back, or fails', async () => {
  const { sql } = await createDatabase();
  const types = Object.keys(EDGES);
  let kept = 0;
  for (const source of types) {
    for (const target of types) {
      if (source === target || !keepsValues(source, target)) continue;
      for (const value of EDGES[source]!) {
        const [back] = await sql
          .begin(async (tx) => {
            await tx.unsafe(`create temp table t (v ${source}) on commit drop; insert into t values ('${value}')`);
            await tx.unsafe(`alter table t alter v type ${target}`);
            return await tx.unsafe(`select v::text::${source} = '${value}'::${source} as same from t`);
          })
          .catch((error) => {
            if (!/^22/.test(error.code)) throw error;
            return [undefined];
          });
        if (!back) continue;
        expect([source, target, value, back.same]).toEqual([source, target, value, true]);
        kept++;
      }
    }
  }
  expect(kept).toBeGreaterThan(60);
  expect(keepsValues('numeric(12, 4)', 'numeric(12, 2)')).toBe(false);
  expect(keepsValues('double precision', 'real')).toBe(false);
  expect(keepsValues('bigint', 'double precision')).toBe(false);
  expect(keepsValues('timestamp', 'date')).toBe(false);
});
