import { randomUUID } from 'node:crypto';
import { eq, inArray, sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { type ConnectedDatabase, openDatabase } from '../../src/connection.ts';
import { type Placeholders, preparedQuery } from '../../src/prepared-query.ts';
import { users } from '../../src/schema/index.ts';
import { createTestDatabase, type TestDatabase } from '../../src/testing/index.ts';

const ID = '019a0000-0000-7000-8000-000000000000';

let test: TestDatabase;
let db: ConnectedDatabase;

beforeAll(async () => {
  test = await createTestDatabase();
});

afterAll(() => test.close());

beforeEach(() => {
  db = openDatabase(test.url, { max: 1 });
});

afterEach(() => db.$client.end());

const kept = async (handle = db) => {
  const [row] = await handle.execute<{ count: number }>(sql`select count(*)::int from pg_prepared_statements`);
  return row!.count;
};

const twice = async (query: () => PromiseLike<unknown>) => {
  await query();
  await query();
};

it('keeps what comes back, not what is seen once', async () => {
  await db.select().from(users).where(eq(users.id, ID));
  expect(await kept()).toBe(0);
  await db.select().from(users).where(eq(users.id, ID));
  expect(await kept()).toBe(1 + 1 /* the question itself */);
});

it('keeps one of the lengths of a list, however often each comes back', async () => {
  for (let length = 2; length < 40; length++) {
    await twice(() =>
      db
        .select({ id: users.id })
        .from(users)
        .where(inArray(users.id, Array(length).fill(ID))),
    );
  }
  expect(await kept()).toBe(1);
});

it('keeps one of the numbers of rows of an insert', async () => {
  for (let rows = 1; rows < 20; rows++) {
    await twice(() => db.insert(users).values(Array.from({ length: rows }, newUser)));
  }
  expect(await kept()).toBe(1);
});

it('keeps a hundred, and grows a backend by less than 5 MB, over 1,000 shapes that come back', async () => {
  const memory = sql`select sum(total_bytes)::int as bytes from pg_backend_memory_contexts`;
  const [before] = await db.execute<{ bytes: number }>(memory);
  for (let shape = 0; shape < 1_000; shape++) {
    await twice(() => db.execute(sql`select ${sql.raw(`${shape} as n`)}, ${ID}::uuid = id from identity.users`));
  }
  const [after] = await db.execute<{ bytes: number }>(memory);
  expect(await kept()).toBe(100);
  expect(after!.bytes - before!.bytes).toBeLessThan(5_000_000);
});

it('keeps a prepared query from its first time on, in a transaction too', async () => {
  const find = preparedQuery('find', (handle, { id }: Placeholders<{ id: string }>) =>
    handle.select().from(users).where(eq(users.id, id)),
  );
  await db.transaction((tx) => find(tx, { id: ID }));
  await find(db, { id: ID });
  expect(await kept()).toBe(1);
});

it('keeps nothing with prepare: false', async () => {
  const other = openDatabase(test.url, { max: 1, prepare: false });
  await twice(() => other.select().from(users));
  await twice(() => other.select().from(users));
  expect(await kept(other)).toBe(0);
  await other.$client.end();
});

function newUser() {
  return { email: `${randomUUID()}@example.com`, name: 'Ada', passwordHash: 'none' };
}
