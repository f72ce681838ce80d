import { randomUUID } from 'node:crypto';
import { closeDatabases, type Database, getDatabase } from '@org/db';
import type { User } from '@org/db/schema/identity';
import { createTestDatabase, createUser, type TestDatabase } from '@org/db/testing';
import { DomainError } from '@org/service';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asAdmin, asMember, expectConsistentLedger } from '../../test/ledger.ts';
import { type CreateTransactionBody, toTransaction } from './transactions.dto.ts';
import { TransactionsService } from './transactions.service.ts';

let database: TestDatabase;
let db: Database;
let service: TransactionsService;
let admin: User;
beforeAll(async () => {
  database = await createTestDatabase();
  // More connections than a service has, so that many transactions are really open at once.
  db = getDatabase(database.url, { max: 20 });
  service = new TransactionsService(getDatabase(database.urlAs('credits'), { max: 20 }));
  admin = await createUser(db, { role: 'admin' });
});
afterAll(async () => {
  await closeDatabases();
  await database?.close();
});

describe('at once', () => {
  test.each([50, 200])('%i spends leave the exact balance', async (count) => {
    const ada = await userWith(count + 1);
    const results = await allAtOnce(count, () => spend(ada, 1));
    expect(results.map(outcomeOf)).toEqual(Array(count).fill('posted'));
    expect((await expectConsistentLedger(db, ada.id)).at(-1)?.balanceAfter).toBe(1);
  });

  test.each([50, 200])('of %i spends, those succeed that the balance covers', async (count) => {
    const ada = await userWith(100);
    const outcomes = (await allAtOnce(count, () => spend(ada, 3))).map(outcomeOf);
    expect(outcomes.filter((outcome) => outcome === 'posted')).toHaveLength(Math.min(count, 33));
    expect(outcomes.filter((outcome) => outcome === 'insufficient_credits')).toHaveLength(Math.max(count - 33, 0));
    expect((await expectConsistentLedger(db, ada.id)).at(-1)?.balanceAfter).toBe(1);
  });

  test('first credits make one balance', async () => {
    const ada = await createUser(db);
    await allAtOnce(20, () => give(ada, { type: 'bonus', amount: 5 }));
    expect((await expectConsistentLedger(db, ada.id)).at(-1)?.balanceAfter).toBe(100);
  });

  test('repeats of one request post once, and each gets that row or is told to wait', async () => {
    const ada = await userWith(100);
    const results = await allAtOnce(50, () => spend(ada, 3, 'one-key'));
    const outcomes = results.map(outcomeOf);
    expect(outcomes.filter((outcome) => outcome === 'posted')).toHaveLength(1);
    expect(new Set(outcomes)).toEqual(new Set(['posted', 'replayed', 'idempotency_key_in_use']));
    const rows = results.flatMap((result) =>
      result.status === 'fulfilled' ? [toTransaction(result.value.transaction)] : [],
    );
    expect(new Set(rows.map((row) => JSON.stringify(row))).size).toBe(1);
    expect(await expectConsistentLedger(db, ada.id)).toHaveLength(2);
  });

  test('two bodies with one key: one of them is posted, and the other told that it is not', async () => {
    const ada = await userWith(100);
    const results = await Promise.allSettled([1, 2, 1, 2, 1, 2].map((amount) => spend(ada, amount, 'twice')));
    const outcomes = results.map(outcomeOf);
    expect(outcomes.filter((outcome) => outcome === 'posted')).toHaveLength(1);
    const posted = outcomes.indexOf('posted') % 2;
    const others = outcomes.filter((_, n) => n % 2 !== posted);
    for (const other of others) expect(other).toMatch(/^idempotency_key_(reused|in_use)$/);
    await expect(spend(ada, posted === 0 ? 2 : 1, 'twice')).rejects.toMatchObject({ code: 'idempotency_key_reused' });
    expect(await expectConsistentLedger(db, ada.id)).toHaveLength(2);
  });

  test('one key of two users: each posts its own, once', async () => {
    const [ada, bob] = await Promise.all([userWith(10), userWith(10)]);
    const results = await Promise.allSettled(Array.from({ length: 20 }, (_, n) => spend(n % 2 ? ada : bob, 3, 'ours')));
    expect(results.map(outcomeOf).filter((outcome) => outcome === 'posted')).toHaveLength(2);
    for (const { id } of [ada, bob]) expect((await expectConsistentLedger(db, id)).at(-1)?.balanceAfter).toBe(7);
  });

  test('spends that race a refund are posted as far as it gave something back, and it is given once', async () => {
    const ada = await userWith(10);
    const { transaction: usage } = await spend(ada, 10);
    const refund: CreateTransactionBody = { type: 'refund', amount: 10, refundOf: usage.id };
    const requests = Array.from({ length: 30 }, (_, n) => (n % 10 === 5 ? give(ada, refund) : spend(ada, 1)));
    const outcomes = (await Promise.allSettled(requests)).map(outcomeOf);
    const refunds = outcomes.filter((_, n) => n % 10 === 5);
    expect(refunds.sort()).toEqual(['posted', 'refund_exceeds', 'refund_exceeds']);
    const spends = outcomes.filter((_, n) => n % 10 !== 5);
    const posted = spends.filter((outcome) => outcome === 'posted').length;
    expect(posted).toBeLessThanOrEqual(10);
    expect(spends.filter((outcome) => outcome === 'insufficient_credits')).toHaveLength(27 - posted);
    expect((await expectConsistentLedger(db, ada.id)).at(-1)?.balanceAfter).toBe(10 - posted);
  });

  test('refunds of one usage never give back more than it took', async () => {
    const ada = await userWith(100);
    const { transaction: usage } = await spend(ada, 10);
    const refund: CreateTransactionBody = { type: 'refund', amount: 3, refundOf: usage.id };
    const outcomes = (await allAtOnce(20, () => give(ada, refund))).map(outcomeOf);
    expect(outcomes.filter((outcome) => outcome === 'posted')).toHaveLength(3);
    expect(outcomes.filter((outcome) => outcome === 'refund_exceeds')).toHaveLength(17);
    expect((await expectConsistentLedger(db, ada.id)).at(-1)?.balanceAfter).toBe(99);
  });
});

/** Small numbers and few keys, so that operations get in each other's way. */
const operation = fc.record({
  user: fc.nat(1),
  key: fc.nat(11),
  body: fc.oneof(
    fc.record({
      type: fc.constantFrom('purchase', 'bonus', 'usage', 'usage', 'usage'),
      amount: fc.integer({ min: 1, max: 20 }),
    }),
    fc.record({
      type: fc.constant('adjustment'),
      amount: fc.integer({ min: -20, max: 20 }).filter((amount) => amount !== 0),
    }),
    fc.record({ type: fc.constant('refund'), amount: fc.integer({ min: 1, max: 20 }), ofUsage: fc.nat(3) }),
  ) as fc.Arbitrary<Pick<CreateTransactionBody, 'type' | 'amount'> & { ofUsage?: number }>,
});

test('whatever is posted at once, and again, a ledger adds up to its balance', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: 1, maxLength: 30 }), async (operations) => {
      const users = await Promise.all([userWith(20), userWith(20)]);
      const usages = await Promise.all(
        users.map(async (user) => [
          await spend(user, 2),
          await spend(user, 3),
          await spend(user, 4),
          await spend(user, 5),
        ]),
      );
      const run = randomUUID();
      const requests = operations.map(({ user, key, body: { ofUsage, ...body } }) => () => {
        const refundOf = ofUsage === undefined ? undefined : usages[user]![ofUsage]!.transaction.id;
        return give(users[user]!, { ...body, refundOf }, `${run}-${key}`);
      });
      const first = await Promise.allSettled(requests.map((request) => request()));
      const again = await Promise.allSettled(requests.map((request) => request()));

      for (const [n, result] of again.entries()) {
        // What was posted once is the answer for ever.
        if (first[n]!.status === 'fulfilled') expect(outcomeOf(result)).toBe('replayed');
      }
      const keys = new Set<string>();
      for (const user of users) {
        const rows = await expectConsistentLedger(db, user.id);
        for (const row of rows) {
          expect(keys).not.toContain(row.idempotencyKey);
          keys.add(row.idempotencyKey);
          if (row.type !== 'usage') continue;
          const refunded = rows
            .filter(({ refundOf }) => refundOf === row.id)
            .reduce((sum, { amount }) => sum + amount, 0);
          expect(refunded).toBeLessThanOrEqual(-row.amount);
        }
      }
    }),
    { numRuns: 40 },
  );
});

async function userWith(credits: number): Promise<User> {
  const user = await createUser(db);
  await give(user, { type: 'purchase', amount: credits });
  return user;
}

function give(user: User, body: CreateTransactionBody, key: string = randomUUID()) {
  return service.create(asAdmin(admin), key, { userId: user.id, ...body });
}

function spend(user: User, amount: number, key: string = randomUUID()) {
  return service.create(asMember(user), key, { type: 'usage', amount });
}

type Result = PromiseSettledResult<Awaited<ReturnType<TransactionsService['create']>>>;

function allAtOnce(count: number, post: () => ReturnType<TransactionsService['create']>): Promise<Result[]> {
  return Promise.allSettled(Array.from({ length: count }, post));
}

/** `posted`, `replayed`, or the code of the refusal. Anything else, a deadlock included, fails the test. */
function outcomeOf(result: Result): string {
  if (result.status === 'fulfilled') return result.value.isReplayed ? 'replayed' : 'posted';
  if (result.reason instanceof DomainError) return result.reason.code;
  throw result.reason;
}
