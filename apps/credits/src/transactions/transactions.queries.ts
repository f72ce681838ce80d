import {
  and,
  type Database,
  desc,
  eq,
  type Placeholders,
  preparedQuery,
  type RateLimit,
  sql,
  type Transaction,
  takeToken,
} from '@org/db';
import {
  type CreditTransaction,
  creditsRateLimits,
  type NewCreditTransaction,
  transactions,
} from '@org/db/schema/credits';
import { after, type Position } from '@org/service';

/** The user's ledger, newest first. */
export async function listTransactions(
  db: Database,
  userId: string,
  limit: number,
  position?: Position,
): Promise<CreditTransaction[]> {
  return selectTransactions(db, { userId, ...position, limit });
}

interface TransactionsQuery extends Partial<Position> {
  userId: string;
  limit: number;
}

const selectTransactions = preparedQuery(
  'listTransactions',
  (db, { userId, createdAt, id, limit }: Placeholders<TransactionsQuery>) =>
    db
      .select()
      .from(transactions)
      .where(
        and(
          eq(transactions.userId, userId),
          after(transactions.createdAt, transactions.id, createdAt && id && { createdAt, id }),
        ),
      )
      .orderBy(desc(transactions.createdAt), desc(transactions.id))
      .limit(limit),
);

export async function countTransactions(db: Database, userId: string, limit: number): Promise<number> {
  const rows = db
    .select({ id: transactions.id })
    .from(transactions)
    .where(eq(transactions.userId, userId))
    .limit(limit);
  return db.$count(rows.as('counted'));
}

/**
 * Whether this transaction is now the only one at work on the key of the user `createdBy`; it stays so until it has
 * ended. Two keys share a lock by a chance of one in 2^64, which would cost one of them a retry.
 */
export async function tryLockKey(tx: Transaction, createdBy: string, key: string): Promise<boolean> {
  const name = `credits.transactions:${createdBy}:${key}`;
  const [row] = await tx.execute<{ locked: boolean }>(
    sql`select pg_try_advisory_xact_lock(hashtextextended(${name}, 0)) as locked`,
  );
  return row?.locked === true;
}

/** What the user `createdBy` posted with this idempotency key, to whichever ledger. */
export async function findTransactionByKey(
  db: Database | Transaction,
  createdBy: string,
  key: string,
): Promise<CreditTransaction | undefined> {
  const [row] = await db
    .select()
    .from(transactions)
    .where(and(eq(transactions.createdBy, createdBy), eq(transactions.idempotencyKey, key)));
  return row;
}

/** Credits of this usage that were not given back yet, or undefined when the user has no such usage. */
export async function findRefundable(
  db: Database | Transaction,
  userId: string,
  usageId: string,
): Promise<number | undefined> {
  const [usage] = await db
    .select({ amount: transactions.amount })
    .from(transactions)
    .where(and(eq(transactions.userId, userId), eq(transactions.id, usageId), eq(transactions.type, 'usage')));
  if (!usage) return undefined;
  const [refunds] = await db
    .select({ sum: sql`coalesce(sum(${transactions.amount}), 0)`.mapWith(Number) })
    .from(transactions)
    .where(and(eq(transactions.userId, userId), eq(transactions.refundOf, usageId)));
  return -usage.amount - (refunds?.sum ?? 0);
}

/** 0 when `userId` may post now, else in how many seconds. */
export function takePosting(db: Database, userId: string, limit: RateLimit): Promise<number> {
  return takeToken(db, creditsRateLimits, `post ${userId}`, limit);
}

export async function insertTransaction(tx: Transaction, values: NewCreditTransaction): Promise<CreditTransaction> {
  const [row] = await tx.insert(transactions).values(values).returning();
  return row!;
}
