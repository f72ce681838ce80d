import { desc, eq, gt, inArray, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ConnectedDatabase, openDatabase } from '../../src/connection.ts';
import { type Placeholders, preparedQuery } from '../../src/prepared-query.ts';
import { users } from '../../src/schema/index.ts';
import { createTestDatabase, createUser, type TestDatabase } from '../../src/testing/index.ts';
import { withTransaction } from '../../src/transaction.ts';
import { type Network, startNetwork } from '../support/network.ts';

let test: TestDatabase;
let network: Network;
let id: string;

beforeAll(async () => {
  test = await createTestDatabase();
  id = (await createUser(test.db)).id;
  network = await startNetwork(test.url);
});

afterAll(async () => {
  await network.close();
  await test.close();
});

const findUser = preparedQuery('findUser', (db, { id }: Placeholders<{ id: string }>) =>
  db.select().from(users).where(eq(users.id, id)),
);

const queries: Record<string, (db: ConnectedDatabase) => PromiseLike<unknown>> = {
  'a select': (db) => db.select().from(users).where(eq(users.id, id)).orderBy(desc(users.createdAt)).limit(1),
  'a list of ids': (db) =>
    db
      .select()
      .from(users)
      .where(inArray(users.id, [id, id, id])),
  'a select by a moment': (db) => db.select().from(users).where(gt(users.createdAt, new Date())),
  'a relational query': (db) => db.query.users.findFirst({ where: eq(users.id, id), with: { sessions: true } }),
  'an update': (db) => db.update(users).set({ name: 'Ada' }).where(eq(users.id, id)).returning(),
  'a delete': (db) => db.delete(users).where(eq(users.email, 'nobody@example.com')),
  'raw SQL with a Date, bytes, an array and a truth': (db) =>
    db.execute(
      sql`select ${new Date()} as at, ${Buffer.from('x')} as bytes, ${sql.param([1, 2])}::int[] as ids, ${true} as yes`,
    ),
  'SQL without parameters': (db) => db.execute(sql`select 1`),
  'a prepared query': (db) => findUser(db, { id }),
};

describe.each([true, false])('with prepare: %s', (prepare) => {
  let db: ConnectedDatabase;

  beforeAll(async () => {
    db = openDatabase(network.url, { max: 1, prepare });
    await db.execute(sql`select 1`);
  });

  afterAll(() => db.$client.end());

  it.each(Object.keys(queries))('%s takes one round trip: the first time, the second and the third', async (name) => {
    expect(await flightsOf(() => queries[name]!(db))).toBe(1);
    expect(await flightsOf(() => queries[name]!(db))).toBe(1);
    expect(await flightsOf(() => queries[name]!(db))).toBe(1);
  });

  it('a transaction of two statements takes four', async () => {
    const work = () =>
      withTransaction(
        db,
        async (tx) => {
          await tx.select().from(users).where(eq(users.id, id)).for('update');
          await tx.update(users).set({ name: 'Grace' }).where(eq(users.id, id));
        },
        { isolationLevel: 'repeatable read' },
      );
    expect(await flightsOf(work)).toBe(4);
    expect(await flightsOf(work)).toBe(4);
  });

  it('statements of a transaction that do not wait for each other share one', async () => {
    const work = () =>
      withTransaction(db, (tx) => Promise.all([findUser(tx, { id }), findUser(tx, { id }), findUser(tx, { id })]));
    expect(await flightsOf(work)).toBe(3);
  });
});

it('a prepared query may write, be relational, and run in a transaction', async () => {
  const rename = preparedQuery('rename', (db, { id, name }: Placeholders<{ id: string; name: string }>) =>
    db
      .update(users)
      .set({ name: sql`${name}` })
      .where(eq(users.id, id))
      .returning({ name: users.name }),
  );
  const withSessions = preparedQuery('withSessions', (db, { id }: Placeholders<{ id: string }>) =>
    db.query.users.findFirst({ where: eq(users.id, id), with: { sessions: true } }),
  );
  expect(await rename(test.db, { id, name: 'Ada' })).toEqual([{ name: 'Ada' }]);
  await withTransaction(test.db, async (tx) => {
    expect(await rename(tx, { id, name: 'Grace' })).toEqual([{ name: 'Grace' }]);
    expect(await withSessions(tx, { id })).toMatchObject({ id, name: 'Grace', sessions: [] });
    expect(await withSessions(tx, { id: crypto.randomUUID() })).toBeUndefined();
  });
});

it('stock drizzle takes two, and six: what is counted here is what is meant', async () => {
  const client = postgres(network.url, { max: 1, fetch_types: false });
  const db = drizzle(client);
  await db.execute(sql`select 1`);
  expect(await flightsOf(() => db.select().from(users).where(eq(users.id, id)))).toBe(2);
  const work = () =>
    db.transaction(async (tx) => {
      await tx.select().from(users).where(eq(users.id, id));
      await tx.update(users).set({ name: 'Grace' }).where(eq(users.id, id));
    });
  expect(await flightsOf(work)).toBe(6);
  await client.end();
});

async function flightsOf(work: () => PromiseLike<unknown>): Promise<number> {
  const before = network.flights;
  await work();
  return network.flights - before;
}
