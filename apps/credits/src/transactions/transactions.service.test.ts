import { randomUUID } from 'node:crypto';
import { closeDatabases, type Database, eq, getDatabase, sql } from '@org/db';
import { balances } from '@org/db/schema/credits';
import type { User } from '@org/db/schema/identity';
import { createTestDatabase, createUser, type TestDatabase } from '@org/db/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { asAdmin, asMember, expectConsistentLedger } from '../../test/ledger.ts';
import { type CreateTransactionBody, toTransaction } from './transactions.dto.ts';
import { tryLockKey } from './transactions.queries.ts';
import { TransactionsService } from './transactions.service.ts';

const NOBODY = '01936d5e-0000-7000-8000-000000000000';

let database: TestDatabase;
let db: Database;
/** Another pool on the same database, for what happens beside the service. */
let beside: Database;
let service: TransactionsService;
let ada: User;
let admin: User;
beforeAll(async () => {
  database = await createTestDatabase();
  db = database.db;
  beside = getDatabase(database.url);
  service = new TransactionsService(database.as('credits'));
});
afterAll(async () => {
  await closeDatabases();
  await database?.close();
});
beforeEach(async () => {
  ada = await createUser(db);
  admin = await createUser(db, { role: 'admin' });
});

/** Posted to Ada's ledger by the admin. */
function give(
  body: Pick<CreateTransactionBody, 'type' | 'amount'> & Partial<CreateTransactionBody>,
  key: string = randomUUID(),
) {
  return service.create(asAdmin(admin), key, { userId: ada.id, ...body });
}

function spend(amount: number, key: string = randomUUID()) {
  return service.create(asMember(ada), key, { type: 'usage', amount });
}

describe('posting', () => {
  test('a usage takes from the balance, and the answer shows what was posted beside what it changed', async () => {
    await give({ type: 'purchase', amount: 100 });
    const { transaction } = await spend(30);
    expect(toTransaction(transaction)).toMatchObject({ type: 'usage', amount: 30, change: -30, balanceAfter: 70 });
    expect(await expectConsistentLedger(db, ada.id)).toHaveLength(2);
  });

  test('an adjustment may take or give', async () => {
    await give({ type: 'bonus', amount: 10 });
    const { transaction } = await give({ type: 'adjustment', amount: -4 });
    expect(toTransaction(transaction)).toMatchObject({ amount: -4, change: -4, balanceAfter: 6 });
    expect((await give({ type: 'adjustment', amount: 1 })).transaction.balanceAfter).toBe(7);
  });

  test('an admin posts to its own ledger unless told whose', async () => {
    const { transaction } = await service.create(asAdmin(admin), randomUUID(), { type: 'bonus', amount: 5 });
    expect(transaction).toMatchObject({ userId: admin.id, createdBy: admin.id });
  });

  test('a balance goes to 0 and no further', async () => {
    await give({ type: 'purchase', amount: 5 });
    await expect(spend(6)).rejects.toMatchObject({ code: 'insufficient_credits' });
    expect((await spend(5)).transaction.balanceAfter).toBe(0);
    await expect(spend(1)).rejects.toMatchObject({ code: 'insufficient_credits' });
    await expect(give({ type: 'adjustment', amount: -1 })).rejects.toMatchObject({ code: 'insufficient_credits' });
    expect(await expectConsistentLedger(db, ada.id)).toHaveLength(2);
  });

  test('a refusal counts credits as people do', async () => {
    await expect(spend(1)).rejects.toThrow('The balance is less than 1 credit.');
    await expect(spend(2)).rejects.toThrow('The balance is less than 2 credits.');
    await give({ type: 'purchase', amount: 1 });
    const usage = (await spend(1)).transaction.id;
    await expect(give({ type: 'refund', amount: 2, refundOf: usage })).rejects.toThrow('no more than 1 credit can be');
  });

  test('the ledger of a user who may not sign in is open to an admin, to settle it', async () => {
    const disabled = await createUser(db, { disabledAt: new Date() });
    const userId = disabled.id;
    await give({ type: 'purchase', amount: 5, userId });
    const { transaction: usage } = await give({ type: 'usage', amount: 3, userId });
    await give({ type: 'refund', amount: 3, refundOf: usage.id, userId });
    expect((await give({ type: 'adjustment', amount: -5, userId })).transaction.balanceAfter).toBe(0);
    expect(await expectConsistentLedger(db, userId)).toHaveLength(4);
  });

  test('a user who never had credits has none to spend, and no trace of having tried', async () => {
    await expect(spend(1)).rejects.toMatchObject({ code: 'insufficient_credits' });
    expect(await db.select().from(balances).where(eq(balances.userId, ada.id))).toEqual([]);
  });

  test('a balance stays within what a number holds exactly', async () => {
    const almostFull = Number.MAX_SAFE_INTEGER - 5;
    await db.insert(balances).values({ userId: ada.id, balance: almostFull });
    await expect(give({ type: 'bonus', amount: 6 })).rejects.toMatchObject({ code: 'balance_limit' });
    expect((await give({ type: 'bonus', amount: 5 })).transaction.balanceAfter).toBe(Number.MAX_SAFE_INTEGER);
  });

  test.each(['purchase', 'usage', 'bonus', 'adjustment'] as const)(
    'a %s for nobody is user_not_found',
    async (type) => {
      await expect(give({ type, amount: 1, userId: NOBODY })).rejects.toMatchObject({ code: 'user_not_found' });
    },
  );

  test('a member posts only its own usage', async () => {
    await give({ type: 'purchase', amount: 5 });
    const post = (body: CreateTransactionBody) => service.create(asMember(ada), randomUUID(), body);
    for (const type of ['purchase', 'bonus', 'adjustment'] as const) {
      await expect(post({ type, amount: 1 })).rejects.toMatchObject({ code: 'forbidden' });
    }
    const refund: CreateTransactionBody = { type: 'refund', amount: 1, refundOf: NOBODY };
    await expect(post(refund)).rejects.toMatchObject({ code: 'forbidden' });
    const another: CreateTransactionBody = { type: 'usage', amount: 1, userId: admin.id };
    await expect(post(another)).rejects.toMatchObject({ code: 'forbidden' });
    expect((await post({ type: 'usage', amount: 1, userId: ada.id })).transaction.balanceAfter).toBe(4);
  });

  test('a ledger is in the order in which the balance changed, even for a transaction that began long before', async () => {
    await give({ type: 'purchase', amount: 10 });
    await beside.transaction(async (tx) => {
      await tx.execute(sql`select now()`);
      await spend(1);
      await new TransactionsService(tx).create(asMember(ada), randomUUID(), { type: 'usage', amount: 2 });
    });
    const rows = await expectConsistentLedger(db, ada.id);
    expect(rows.map((row) => row.amount)).toEqual([10, -1, -2]);
  });

  test('a ledger stays in order when the clock goes back', async () => {
    await give({ type: 'purchase', amount: 10 });
    const ahead = new Date(Date.now() + 60_000);
    await db.update(balances).set({ updatedAt: ahead }).where(eq(balances.userId, ada.id));
    const first = await spend(1);
    const second = await spend(1);
    expect(first.transaction.createdAt.getTime()).toBe(ahead.getTime() + 1);
    expect(second.transaction.createdAt.getTime()).toBe(ahead.getTime() + 2);
  });
});

describe('refunds', () => {
  test('give back a usage in parts, and not more than it took', async () => {
    await give({ type: 'purchase', amount: 100 });
    const usage = (await spend(10)).transaction.id;
    await give({ type: 'refund', amount: 4, refundOf: usage });
    await expect(give({ type: 'refund', amount: 7, refundOf: usage })).rejects.toMatchObject({
      code: 'refund_exceeds',
      details: { refundable: 6 },
    });
    expect((await give({ type: 'refund', amount: 6, refundOf: usage })).transaction.balanceAfter).toBe(100);
    await expect(give({ type: 'refund', amount: 1, refundOf: usage })).rejects.toMatchObject({
      code: 'refund_exceeds',
    });
    expect(await expectConsistentLedger(db, ada.id)).toHaveLength(4);
  });

  test('are of a usage of that very user', async () => {
    const purchase = (await give({ type: 'purchase', amount: 100 })).transaction.id;
    const usage = (await spend(10)).transaction.id;
    const refund = (refundOf: string, userId = ada.id) => give({ type: 'refund', amount: 1, refundOf, userId });
    await expect(refund(purchase)).rejects.toMatchObject({ code: 'usage_not_found' });
    await expect(refund(NOBODY)).rejects.toMatchObject({ code: 'usage_not_found' });
    await expect(refund(usage, admin.id)).rejects.toMatchObject({ code: 'usage_not_found' });
    expect((await expectConsistentLedger(db, ada.id)).at(-1)?.balanceAfter).toBe(90);
    await expectConsistentLedger(db, admin.id);
  });
});

describe('idempotency', () => {
  test('the same key and body again is the same row, and changes nothing', async () => {
    await give({ type: 'purchase', amount: 10 });
    const first = await spend(3, 'again');
    const second = await spend(3, 'again');
    expect(first.isReplayed).toBe(false);
    expect(second.isReplayed).toBe(true);
    expect(toTransaction(second.transaction)).toEqual(toTransaction(first.transaction));
    expect(await expectConsistentLedger(db, ada.id)).toHaveLength(2);
  });

  test('a repeat gets its row even when the balance would no longer allow it', async () => {
    await give({ type: 'purchase', amount: 3 });
    await spend(3, 'last');
    expect((await spend(3, 'last')).isReplayed).toBe(true);
  });

  test('the same request in other words is a repeat', async () => {
    await give({ type: 'purchase', amount: 10 });
    await service.create(asMember(ada), 'words', { type: 'usage', amount: 3 });
    const again = await service.create(asMember(ada), 'words', { userId: ada.id, amount: 3, type: 'usage' });
    expect(again.isReplayed).toBe(true);
  });

  test.each<Partial<CreateTransactionBody>>([
    { amount: 4 },
    { type: 'adjustment' },
    { description: 'other' },
    { userId: NOBODY },
  ])('the same key with %o is refused', async (other) => {
    const key: string = randomUUID();
    await give({ type: 'purchase', amount: 10 });
    await give({ type: 'usage', amount: 3 }, key);
    await expect(give({ type: 'usage', amount: 3, ...other }, key)).rejects.toMatchObject({
      code: 'idempotency_key_reused',
    });
    expect(await expectConsistentLedger(db, ada.id)).toHaveLength(2);
  });

  test('a key belongs to the user who used it', async () => {
    await give({ type: 'purchase', amount: 10 }, 'shared');
    expect((await spend(3, 'shared')).isReplayed).toBe(false);
  });

  test('a refused attempt leaves its key free', async () => {
    await expect(spend(3, 'early')).rejects.toMatchObject({ code: 'insufficient_credits' });
    await give({ type: 'purchase', amount: 10 });
    expect((await spend(3, 'early')).isReplayed).toBe(false);
    await expect(spend(4, 'early')).rejects.toMatchObject({ code: 'idempotency_key_reused' });
  });

  test('a key is in use until the first request with it has ended', async () => {
    await give({ type: 'purchase', amount: 10 });
    await beside.transaction(async (tx) => {
      expect(await tryLockKey(tx, ada.id, 'slow')).toBe(true);
      await expect(spend(3, 'slow')).rejects.toMatchObject({ code: 'idempotency_key_in_use' });
      expect((await spend(3, 'quick')).isReplayed).toBe(false);
    });
    expect((await spend(3, 'slow')).isReplayed).toBe(false);
  });
});
