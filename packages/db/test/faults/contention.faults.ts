import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ConnectedDatabase, openDatabase } from '../../src/connection.ts';
import { createTestDatabase, type TestDatabase } from '../../src/testing/index.ts';
import { type Transaction, withTransaction } from '../../src/transaction.ts';

let clone: TestDatabase;
let db: ConnectedDatabase;

beforeAll(async () => {
  clone = await createTestDatabase();
  db = openDatabase(clone.url, { max: 5 });
  await db.execute(sql`create table counters (id int primary key, n int not null)`);
  await db.execute(sql`create table on_call (doctor text primary key, present boolean not null)`);
});

afterAll(async () => {
  await db.$client.end();
  await clone.close();
});

const bump = async (tx: Transaction, id: number) => {
  const [row] = await tx.execute<{ n: number }>(sql`select n from counters where id = ${id}`);
  await tx.execute(sql`update counters set n = ${row!.n + 1} where id = ${id}`);
};

test('F23: serializable increments that collide all count once, given enough attempts', async () => {
  await db.execute(sql`insert into counters values (1, 0)`);
  const add = () =>
    withTransaction(db, (tx) => bump(tx, 1), { isolationLevel: 'serializable', retry: { attempts: 20 } });
  for (let round = 0; round < 20; round++) await Promise.all([1, 2, 3].map(add));
  expect(await db.execute(sql`select n from counters where id = 1`)).toEqual([{ n: 60 }]);
});

test('F23: deadlocks between two orders of locking end in success within 3 attempts', async () => {
  await db.execute(sql`insert into counters values (2, 0), (3, 0)`);
  const both = (first: number, second: number) =>
    withTransaction(
      db,
      async (tx) => {
        await tx.execute(sql`set local deadlock_timeout = '20ms'`);
        for (const id of [first, second]) await tx.execute(sql`update counters set n = n + 1 where id = ${id}`);
      },
      { retry: true },
    );
  for (let round = 0; round < 50; round++) await Promise.all([both(2, 3), both(3, 2)]);
  expect(await db.execute(sql`select n from counters where id in (2, 3)`)).toEqual([{ n: 100 }, { n: 100 }]);
});

test('F23: write skew, which shows at COMMIT alone, is repeated: one doctor stays', async () => {
  for (let round = 0; round < 20; round++) {
    await db.execute(sql`truncate on_call`);
    await db.execute(sql`insert into on_call values ('Ada', true), ('Grace', true)`);
    const bothRead = Promise.withResolvers<void>();
    let reads = 0;
    const leave = (doctor: string) =>
      withTransaction(
        db,
        async (tx) => {
          const [row] = await tx.execute<{ n: number }>(sql`select count(*)::int as n from on_call where present`);
          if (++reads === 2) bothRead.resolve();
          await bothRead.promise;
          if (row!.n < 2) return false;
          await tx.execute(sql`update on_call set present = false where doctor = ${doctor}`);
          return true;
        },
        { isolationLevel: 'serializable', retry: true },
      );
    expect((await Promise.all([leave('Ada'), leave('Grace')])).sort()).toEqual([false, true]);
    expect(reads).toBe(3);
  }
});
