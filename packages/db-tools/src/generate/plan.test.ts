import { randomBytes } from 'node:crypto';
import { sql } from 'drizzle-orm';
import {
  check,
  foreignKey,
  index,
  integer,
  pgEnum,
  pgSchema,
  pgTable,
  pgView,
  text,
  unique,
} from 'drizzle-orm/pg-core';
import postgres, { type Sql } from 'postgres';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { withDatabase } from '../connection/url.ts';
import type { Decisions } from './decisions.ts';
import { takeSnapshot } from './drizzle-kit.ts';
import { planMigration } from './plan.ts';
import { emptySnapshot, type Snapshot } from './snapshot.ts';

const NOTHING: Decisions = { rename: [], create: [], drop: [] };

let server: Sql;
let database: Sql;
let name: string;
beforeEach(async () => {
  name = `plan_${randomBytes(5).toString('hex')}`;
  server = postgres(process.env.TEST_DATABASE_URL!, { max: 1 });
  await server`create database ${server(name)}`;
  database = postgres(withDatabase(process.env.TEST_DATABASE_URL!, name), { max: 1, onnotice: () => {} });
});
afterEach(async () => {
  await database.end();
  await server`drop database ${server(name)} with (force)`;
  await server.end();
});

/**
 * Applies the first schema, puts rows in, applies the second one by the answers; returns the statements of the second.
 */
async function change(
  before: Record<string, unknown>,
  rows: string,
  after: Record<string, unknown>,
  decisions: Partial<Decisions> = {},
): Promise<string[]> {
  const first = await takeSnapshot(before, '');
  await apply(emptySnapshot(), first, NOTHING);
  await database.unsafe(rows);
  const second = await takeSnapshot(after, first.id);
  const statements = await apply(first, second, { ...NOTHING, ...decisions });
  expect(await planMigration(second, second, NOTHING)).toMatchObject({ statements: [] });
  return statements;
}

async function apply(from: Snapshot, to: Snapshot, decisions: Decisions): Promise<string[]> {
  const plan = await planMigration(from, to, decisions);
  if (!('statements' in plan)) throw new Error(`Undecided: ${JSON.stringify(plan.questions)}`);
  for (const statement of plan.statements) await database.unsafe(statement);
  return plan.statements;
}

/** A table with everything that may refer to a column, named after table and column where the library names it. */
function shop(names: { schema?: string; items?: string; code?: string; parent?: string } = {}) {
  const { schema = 'shop', items = 'items', code = 'code', parent = 'parent_code' } = names;
  const space = pgSchema(schema);
  const table = space.table(
    items,
    { code: text(code).primaryKey(), parent: text(parent), price: integer().notNull() },
    (self) => [
      index(`idx_${items}_${parent}`).on(self.parent).where(sql`${self.parent} is not null`),
      index('idx_lower_code').on(sql`lower(${self.code})`),
      unique(`${items}_${code}_price_unique`).on(self.code, self.price),
      check(`${items}_${code}_check`, sql`char_length(${self.code}) > 1`),
      foreignKey({ columns: [self.parent], foreignColumns: [self.code] }),
    ],
  );
  const labels = pgTable('labels', {
    item: text().references(() => table.code),
  });
  return { space, table, labels };
}
const ROWS = `insert into shop.items values ('aa', null, 1), ('bb', 'aa', 2); insert into labels values ('bb')`;

describe('a rename touches names only and keeps the rows', () => {
  test('of a column, with the constraints and indexes that are named after it', async () => {
    const statements = await change(shop(), ROWS, shop({ code: 'sku', parent: 'parent_sku' }), {
      rename: ['shop.items.code=sku', 'shop.items.parent_code=parent_sku'],
    });
    expect(statements.filter((statement) => !statement.includes(' RENAME '))).toEqual([]);
    expect(await database`select sku, parent_sku from shop.items order by sku`).toMatchObject([
      { sku: 'aa', parent_sku: null },
      { sku: 'bb', parent_sku: 'aa' },
    ]);
  });

  test('of a table', async () => {
    const statements = await change(shop(), ROWS, shop({ items: 'goods' }), { rename: ['shop.items=goods'] });
    expect(statements.filter((statement) => !statement.includes(' RENAME '))).toEqual([]);
    expect(await database`select count(*)::int as n from shop.goods`).toMatchObject([{ n: 2 }]);
  });

  test('of a schema', async () => {
    expect(await change(shop(), ROWS, shop({ schema: 'store' }), { rename: ['shop=store'] })).toEqual([
      'ALTER SCHEMA "shop" RENAME TO "store";',
    ]);
  });

  test('of a table and its column at once', async () => {
    const statements = await change(shop(), ROWS, shop({ items: 'goods', code: 'sku' }), {
      rename: ['shop.items=goods', 'shop.goods.code=sku'],
    });
    expect(statements.filter((statement) => !statement.includes(' RENAME '))).toEqual([]);
  });

  test('of an enum that a column has, and of a view', async () => {
    const version = (type: string, view: string) => {
      const state = pgEnum(type, ['a', 'b']);
      const things = pgTable('things', { state: state().notNull().default('a'), states: state().array() });
      return { state, things, seen: pgView(view).as((qb) => qb.select().from(things)) };
    };
    expect(
      await change(version('state', 'seen'), `insert into things values ('b')`, version('condition', 'watched'), {
        rename: ['public.state=condition', 'public.seen=watched'],
      }),
    ).toEqual(['ALTER TYPE "state" RENAME TO "condition";', 'ALTER VIEW "seen" RENAME TO "watched";']);
  });

  test('of a table into another schema', async () => {
    const [from, to] = [pgSchema('one'), pgSchema('two')];
    const table = (space: ReturnType<typeof pgSchema>) => space.table('things', { id: integer().primaryKey() });
    const before = { from, to, things: table(from) };
    expect(
      await change(
        before,
        'insert into one.things values (1)',
        { from, to, things: table(to) },
        {
          rename: ['one.things=two.things'],
        },
      ),
    ).toEqual(['ALTER TABLE "one"."things" SET SCHEMA "two";']);
  });
});

describe('what is told apart is made and removed', () => {
  test('a column with everything that refers to it', async () => {
    await change(shop(), ROWS, shop({ parent: 'group_code' }), { create: ['shop.items.group_code'] });
    expect(await database`select group_code from shop.items`).toMatchObject([
      { group_code: null },
      { group_code: null },
    ]);
  });

  test('a table that another one refers to', async () => {
    const before = shop();
    const after = shop({ items: 'goods' });
    await change(before, `insert into shop.items values ('aa', null, 1)`, after, { drop: ['shop.items'] });
    expect(await database`select * from shop.goods`).toHaveLength(0);
  });

  test('an enum, a column of it and a view at once', async () => {
    const version = (type: string, view: string) => {
      const state = pgEnum(type, ['a', 'b']);
      const things = pgTable('things', { id: integer(), [type]: state() });
      return { state, things, seen: pgView(view).as((qb) => qb.select().from(things)) };
    };
    await change(version('state', 'seen'), 'insert into things values (1)', version('condition', 'watched'), {
      create: ['public.condition', 'public.things.condition', 'public.watched'],
    });
    expect(await database`select * from watched`).toMatchObject([{ id: 1, condition: null }]);
  });
});

test('without answers nothing is guessed: the questions name everything that may be a rename', async () => {
  const questions = async (before: Record<string, unknown>, after: Record<string, unknown>) => {
    const first = await takeSnapshot(before, '');
    return (await planMigration(first, await takeSnapshot(after, first.id), NOTHING)).questions;
  };
  expect(await questions(shop(), shop({ code: 'sku', parent: 'parent_sku' }))).toEqual([
    {
      kind: 'column',
      removed: ['shop.items.code', 'shop.items.parent_code'],
      added: ['shop.items.sku', 'shop.items.parent_sku'],
    },
  ]);
  expect(await questions(shop(), shop({ schema: 'store' }))).toEqual([
    { kind: 'schema', removed: ['shop'], added: ['store'] },
  ]);
  expect(await questions(shop(), { ...shop(), more: pgTable('more', { id: integer() }) })).toEqual([]);
});

test('an answer that fits no change is refused', async () => {
  const first = await takeSnapshot(shop(), '');
  const second = await takeSnapshot({ ...shop(), more: pgTable('more', { id: integer() }) }, first.id);
  const plan = planMigration(first, second, { ...NOTHING, rename: ['shop.itens.code=sku'] });
  await expect(plan).rejects.toThrow('--rename shop.itens.code=sku fits no change of the schema.');
});
