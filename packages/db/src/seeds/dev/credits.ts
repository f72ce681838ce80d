import { createHash } from 'node:crypto';
import { balances, type NewCreditTransaction, type TransactionType, transactions } from '../../schema/credits/index.ts';
import type { Transaction } from '../../transaction.ts';
import { insertMissing } from '../insert-missing.ts';
import type { Written } from '../run.ts';
import { seedId, seedTimestamps } from './fixed.ts';
import { ADMIN, DEMO, MEMBER } from './users.ts';

interface Posting {
  type: TransactionType;
  amount: number;
  description: string;
  /** The position of the usage that it gives back, from 0. */
  refundOf?: number;
}

const LEDGERS: { userId: string; postings: Posting[] }[] = [
  {
    userId: DEMO,
    postings: [
      { type: 'bonus', amount: 50, description: 'Welcome' },
      { type: 'purchase', amount: 2_500, description: 'Package standard' },
      ...Array.from({ length: 30 }, (_, n): Posting => {
        return { type: 'usage', amount: -(5 + ((n * 7) % 40)), description: `Conversion ${n + 1}` };
      }),
      { type: 'refund', amount: 10, description: 'Conversion 3 failed in part', refundOf: 4 },
      { type: 'adjustment', amount: -25, description: 'Correction' },
      { type: 'purchase', amount: 500, description: 'Package starter' },
    ],
  },
  { userId: MEMBER, postings: [{ type: 'purchase', amount: 500, description: 'Package starter' }] },
];

/** A ledger comes whole, with its balance, or not at all: where there is a balance already, it stays what it is. */
export async function seedCredits(tx: Transaction, users: Set<string>): Promise<Written> {
  let writtenBalances = 0;
  let writtenTransactions = 0;
  // Its postings are made by the admin.
  const ledgers = users.has(ADMIN) ? LEDGERS.filter(({ userId }) => users.has(userId)) : [];
  for (const { userId, postings } of ledgers) {
    const rows = toRows(userId, postings);
    const last = rows.at(-1)!;
    const added = await insertMissing(tx, balances, [
      {
        id: seedId(`balance ${userId}`),
        userId,
        balance: last.balanceAfter,
        version: rows.length,
        createdAt: rows[0]!.createdAt,
        updatedAt: last.updatedAt,
      },
    ]);
    writtenBalances += added;
    if (added > 0) writtenTransactions += await insertMissing(tx, transactions, rows);
  }
  return { 'credits.balances': writtenBalances, 'credits.transactions': writtenTransactions };
}

function toRows(userId: string, postings: Posting[]): NewCreditTransaction[] {
  let balance = 0;
  return postings.map(({ type, amount, description, refundOf }, n) => {
    balance += amount;
    const idempotencyKey = `seed-${userId}-${n}`;
    return {
      id: postingId(userId, n),
      userId,
      createdBy: type === 'usage' ? userId : ADMIN,
      type,
      amount,
      balanceAfter: balance,
      description,
      refundOf: refundOf === undefined ? null : postingId(userId, refundOf),
      idempotencyKey,
      requestHash: createHash('sha256').update(idempotencyKey).digest(),
      ...seedTimestamps(1_000 + n),
    };
  });
}

function postingId(userId: string, n: number): string {
  return seedId(`transaction ${userId} ${n}`);
}
