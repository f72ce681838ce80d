import { eq, sql } from 'drizzle-orm';
import { alias, bigint, boolean, date, integer, jsonb, numeric, pgTable, text, timestamp } from 'drizzle-orm/pg-core';
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import fc from 'fast-check';
import postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../src/testing/index.ts';

const things = pgTable('things', {
  id: integer().primaryKey(),
  parentId: integer('parent_id'),
  note: text(),
  words: text().array(),
  numbers: integer().array(),
  truths: boolean().array(),
  moments: timestamp({ withTimezone: true, precision: 3 }).array(),
  moment: timestamp({ withTimezone: true, precision: 3 }),
  exact: timestamp({ withTimezone: true, mode: 'string' }),
  day: date(),
  big: bigint({ mode: 'bigint' }),
  money: numeric(),
  json: jsonb(),
});

const MOMENT = new Date('2026-03-29T01:30:00.123Z');
const ROW = {
  note: 'x',
  words: ['a', 'b"'],
  numbers: [1, 2],
  truths: [true, false],
  moments: [MOMENT],
  moment: MOMENT,
  exact: '2026-03-29 01:30:00.123456+00',
  day: '2026-03-29',
  big: 9007199254740993n,
  money: '1.10',
  json: { a: [1, '2'] },
};

let test: TestDatabase;

beforeAll(async () => {
  test = await createTestDatabase();
  await test.db.execute(sql`create table things (id int primary key, parent_id int, note text, words text[], numbers int[],
    truths bool[], moments timestamptz(3)[], moment timestamptz(3), exact timestamptz, day date, big int8, money numeric, json jsonb)`);
});

afterAll(() => test.close());

beforeEach(() => test.db.delete(things));

/** Without NUL and without lone halves of a character, which PostgreSQL's text cannot have. */
const words = fc.string({ unit: 'grapheme' }).filter((word) => !word.includes('\0') && word.isWellFormed());
const awkward = fc.constantFrom('NULL', '', '{}', '"', '\\', ',', ' x ', 'null', '"5"', '5');

describe('a value of a raw query', () => {
  it.each<[string, fc.Arbitrary<unknown[]>]>([
    ['text[]', fc.array(fc.option(fc.oneof(words, awkward)))],
    ['int4[]', fc.array(fc.option(fc.integer()))],
    ['float8[]', fc.array(fc.double({ noDefaultInfinity: true, noNaN: true }).map((number) => number + 0 /* no -0 */))],
    ['bool[]', fc.array(fc.option(fc.boolean()))],
    ['jsonb[]', fc.array(fc.oneof(fc.record({ a: words }), fc.record({ b: fc.integer() })))],
    ['timestamptz[]', fc.array(fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true }))],
    ['bytea[]', fc.array(fc.uint8Array().map((bytes) => Buffer.from(bytes)))],
  ])('in %s comes back as it was', async (type, values) => {
    const property = fc.asyncProperty(values, async (given) => {
      const [row] = await test.db.execute(sql`select ${sql.param(given)}::${sql.raw(type)} as value`);
      expect(row!.value).toEqual(given);
    });
    await fc.assert(property, { numRuns: 50 });
  });

  it('in nested arrays comes back as it was, and bounds do not matter', async () => {
    const given = [[[['a'], [null]]], [[['"'], ['{x}']]], [[['NULL'], ['\\,']]]];
    const [row] = await test.db.execute(
      sql`select ${sql.param(given)}::text[] as value, '[0:1]={1,2}'::int[] as bounds`,
    );
    expect(row).toEqual({ value: given, bounds: [1, 2] });
  });

  it('is of its own type where nothing else tells it', async () => {
    const values = [new Date(), Buffer.from('x'), true, 1n];
    const typeOf = (value: unknown) => sql`pg_typeof(${value})::text`;
    const [row] = await test.db.execute(sql`select array[${sql.join(values.map(typeOf), sql`, `)}] as types`);
    expect(row).toEqual({ types: ['timestamp with time zone', 'bytea', 'boolean', 'bigint'] });
    expect(await test.db.execute(sql`select ${MOMENT} + interval '1 day' as next`)).toEqual([
      { next: new Date(MOMENT.getTime() + 86_400_000) },
    ]);
  });
});

it('JSON of a column comes back as it was, a text that looks like JSON too', async () => {
  const json = fc
    .oneof(fc.jsonValue({ depthSize: 'small' }), awkward)
    .filter((value) => value !== null && !hasNul(value));
  const property = fc.asyncProperty(json, async (given) => {
    await test.db.delete(things);
    await test.db.insert(things).values({ id: 1, json: given });
    expect((await test.db.select().from(things))[0]!.json).toEqual(JSON.parse(JSON.stringify(given)));
  });
  await fc.assert(property, { numRuns: 100 });
});

describe('columns, joins and expressions', () => {
  const parent = alias(things, 'parent');
  const queries: [string, (db: PostgresJsDatabase) => PromiseLike<unknown>][] = [
    ['every type', (db) => db.select().from(things).orderBy(things.id)],
    [
      'expressions',
      (db) =>
        db
          .select({
            count: sql<number>`count(*)::int`,
            json: sql`json_agg(${things.id} order by ${things.id})`,
            last: sql`max(${things.moment})`.mapWith(things.moment),
            named: sql<string>`'x'`.as('named'),
          })
          .from(things),
    ],
    ['an inner join', (db) => db.select().from(things).innerJoin(parent, eq(parent.id, things.parentId))],
    [
      'a left join',
      (db) => db.select().from(things).leftJoin(parent, eq(parent.id, things.parentId)).orderBy(things.id),
    ],
    [
      'a left join with chosen columns',
      (db) =>
        db
          .select({ id: things.id, parent: { id: parent.id, note: parent.note } })
          .from(things)
          .leftJoin(parent, eq(parent.id, things.parentId))
          .orderBy(things.id),
    ],
    [
      'a right join',
      (db) => db.select().from(things).rightJoin(parent, eq(parent.id, things.parentId)).orderBy(parent.id),
    ],
  ];

  it.each(queries)('%s: read as stock drizzle does', async (_name, query) => {
    await test.db.insert(things).values([
      { id: 1, ...ROW },
      { id: 2, parentId: 1 },
      { id: 3, parentId: 9 },
    ]);
    const client = postgres(test.url, { max: 1 });
    const expected = await query(drizzle(client));
    await client.end();
    expect(await query(test.db as never)).toEqual(expected);
  });

  it('a joined row whose first column is null is there, if another is not', async () => {
    await test.db.insert(things).values([{ id: 1 }, { id: 2, parentId: 1 }]);
    const rows = await test.db
      .select({ parent: { note: parent.note, id: parent.id } })
      .from(things)
      .leftJoin(parent, eq(parent.id, things.parentId))
      .orderBy(things.id);
    expect(rows).toEqual([{ parent: null }, { parent: { note: null, id: 1 } }]);
  });

  it('an expression gives a moment as a Date, and JSON as a value', async () => {
    await test.db.insert(things).values({ id: 1, ...ROW });
    const [row] = await test.db
      .select({ at: sql`${things.moment}`, json: sql`${things.json}`, all: sql`${things.moments}` })
      .from(things);
    expect(row).toEqual({ at: MOMENT, json: ROW.json, all: [MOMENT] });
  });
});

function hasNul(value: unknown): boolean {
  return JSON.stringify(value).includes('\\u');
}
