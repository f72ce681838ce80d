import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConnectedDatabase } from './connection.ts';
import { createTestDatabase, createUser, type TestDatabase } from './testing/index.ts';
import { type Database, type Transaction, withTransaction } from './transaction.ts';

let test: TestDatabase;

beforeAll(async () => {
  test = await createTestDatabase();
});

afterAll(() => test.close());

const emails = async () => (await test.db.query.users.findMany()).map(({ email }) => email);

describe('withTransaction', () => {
  it('keeps what was done when the work succeeds, and returns its result', async () => {
    const user = await withTransaction(test.db, (tx) => createUser(tx, { email: 'kept@example.com' }));
    expect(user.email).toBe('kept@example.com');
    expect(await emails()).toContain('kept@example.com');
  });

  it('keeps nothing when the work throws, and throws the same', async () => {
    const failure = new Error('no');
    const work = withTransaction(test.db, async (tx) => {
      await createUser(tx, { email: 'lost@example.com' });
      throw failure;
    });
    await expect(work).rejects.toBe(failure);
    expect(await emails()).not.toContain('lost@example.com');
  });

  it('joins the outer one: what it did is undone with it', async () => {
    const work = withTransaction(test.db, async (outer) => {
      await withTransaction(outer, async (inner) => {
        expect(inner).toBe(outer);
        await createUser(inner, { email: 'inner@example.com' });
      });
      throw new Error('later');
    });
    await expect(work).rejects.toThrow('later');
    expect(await emails()).not.toContain('inner@example.com');
  });

  it('begins with the given isolation', async () => {
    const level = await withTransaction(
      test.db,
      async (tx) => (await tx.execute<{ transaction_isolation: string }>(sql`show transaction_isolation`))[0],
      { isolationLevel: 'serializable' },
    );
    expect(level).toEqual({ transaction_isolation: 'serializable' });
  });
});

it('the types let a transaction be a database, and not the other way round', () => {
  const query = (_db: Database) => {};
  const locking = (_tx: Transaction) => {};
  const check = (db: Database, tx: Transaction) => {
    query(tx);
    // @ts-expect-error a query that locks asks for a transaction
    locking(db);
  };
  expect(check).toBeTypeOf('function');
});

it('the types refuse a string, whose values would be part of the SQL', () => {
  const check = (db: Database, tx: Transaction, connected: ConnectedDatabase, name: string) => {
    db.execute(sql`select ${name}`);
    // @ts-expect-error no `sql` before it
    db.execute(`select '${name}'`);
    // @ts-expect-error the same on a transaction
    tx.execute(`select '${name}'`);
    // @ts-expect-error on what getDatabase gives
    connected.execute(`select '${name}'`);
    // @ts-expect-error on a nested transaction
    db.transaction((outer) => outer.transaction((inner) => inner.execute(`select '${name}'`)));
    // @ts-expect-error where it is built by hand
    withTransaction(connected, (outer) => outer.execute(['select', name].join(' ')));
    // @ts-expect-error on the client under it
    connected.$client(`select '${name}'`);
  };
  expect(check).toBeTypeOf('function');
});
