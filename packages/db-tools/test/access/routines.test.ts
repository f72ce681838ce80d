import { expect, test } from 'vitest';
import { planAccess } from '../../src/access/index.ts';
import { createDatabaseWithRoles } from './database-with-roles.ts';

const ORDERED = `create function sales.add(float8[], float8) returns float8[] language sql as 'select $1 || $2';
  create function sales.pick(float8[]) returns float8 language sql as 'select $1[1]';
  create function sales.pick(float8[], int) returns float8 language sql as 'select $1[$2]'`;

test.each([
  [
    'an ordered-set aggregate',
    `${ORDERED}; create aggregate sales.a(order by float8) (sfunc = sales.add, stype = float8[], finalfunc = sales.pick)`,
  ],
  [
    'an ordered-set aggregate with a direct argument',
    `${ORDERED}; create aggregate sales.a(int order by float8) (sfunc = sales.add, stype = float8[], finalfunc = sales.pick)`,
  ],
  [
    'a hypothetical-set aggregate',
    `${ORDERED}; create function sales.pick(float8[], float8) returns float8 language sql as 'select $2';
      create aggregate sales.a(float8 order by float8) (sfunc = sales.add, stype = float8[], finalfunc = sales.pick, hypothetical)`,
  ],
  ['a variadic aggregate', `create aggregate sales.a(variadic int[]) (sfunc = array_cat, stype = int[])`],
  ['an aggregate of *', `create aggregate sales.a(*) (sfunc = int8inc, stype = int8, initcond = '0')`],
  ['a function without arguments', `create function sales.a() returns int language sql as 'select 1'`],
  [
    'functions of one name',
    `create function sales.a(int) returns int language sql as 'select 1';
      create function sales.a(text, variadic int[]) returns int language sql as 'select 1'`,
  ],
  [
    'a function with OUT arguments and a table',
    `create function sales.a(in "A b" int, out x int, out "c""d" text) language sql as $$ select 1, 'x' $$;
      create function sales.b(int default 3) returns table (q int) language sql as 'select 1'`,
  ],
  [
    'procedures that differ in their OUT arguments',
    `create procedure sales.a(in int, out int) language sql as 'select 1';
      create procedure sales.a(in int, in int, in text) language sql as 'select 1';
      create procedure sales.b(out int, inout text, variadic int[]) language sql as $$ select 1, 'x' $$;
      create procedure sales.b(int, text) language sql as 'select 1'`,
  ],
  [
    'odd names',
    `create type sales."Ty ""pe" as enum ('a');
      create function sales."f ""(x)"(sales."Ty ""pe", sales."Ty ""pe"[], "char", bit, interval day) returns int language sql as 'select 1'`,
  ],
  [
    'types of other schemas',
    `create domain elsewhere.positive as int check (value > 0); create type elsewhere.mood as enum ('a');
      create function sales.a(elsewhere.positive, elsewhere.positive[], elsewhere.mood, date) returns int language sql as 'select 1'`,
  ],
])('the rights on %s are kept', async (_, statements) => {
  const { session: sql, prefix, declared, asOwner, reconcile } = await createDatabaseWithRoles();
  await sql.unsafe(`create schema elsewhere authorization ${prefix}_owner`);
  await asOwner(statements);
  const count = Number((await sql`select count(*) from pg_proc where pronamespace = 'sales'::regnamespace`)[0]!.count);
  await sql.unsafe(`
    do $$ declare routine regprocedure; begin
      for routine in select oid from pg_proc where pronamespace = 'sales'::regnamespace loop
        execute format('revoke execute on routine %s from ${prefix}_sales', routine);
      end loop; end $$`);

  const { statements: run, problems } = await reconcile();

  expect(run).toHaveLength(count);
  expect(problems).toEqual([]);
  expect((await reconcile()).statements).toEqual([]);
  const may = await sql`
    select has_function_privilege(${`${prefix}_sales`}, oid, 'execute') as may from pg_proc where pronamespace = 'sales'::regnamespace`;
  expect(may.every((row) => row.may)).toBe(true);

  // Ownership is changed by the same names, also where the search path of who runs the SQL is another.
  await sql.unsafe(`reassign owned by ${prefix}_owner to current_user`);
  const plan = await planAccess(sql, { ...declared, exclusive: false });
  await sql.unsafe(`begin; set local search_path = elsewhere; ${plan.statements.join('; ')}; commit`);
  expect((await planAccess(sql, { ...declared, exclusive: false })).statements).toEqual([]);
});
