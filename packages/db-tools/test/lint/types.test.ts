import { expect, test } from 'vitest';
import { isAssignable, keepsRows } from '../../src/lint/types.ts';
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
