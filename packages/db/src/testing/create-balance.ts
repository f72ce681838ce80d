import { createHash, randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { balances, type CreditTransaction, type NewCreditTransaction, transactions } from '../schema/credits/index.ts';
import { type Database, withTransaction } from '../transaction.ts';

/** Gives the user `amount` credits, as a bonus from itself unless told otherwise: the ledger's row and the balance. */
export function creditBalance(
  db: Database,
  values: { userId: string; amount: number } & Partial<NewCreditTransaction>,
): Promise<CreditTransaction> {
  return withTransaction(db, async (tx) => {
    const { userId, amount } = values;
    const [after] = await tx
      .insert(balances)
      .values({ userId, balance: amount })
      .onConflictDoUpdate({
        target: balances.userId,
        set: { balance: sql`${balances.balance} + ${amount}`, version: sql`${balances.version} + 1` },
      })
      .returning();
    const idempotencyKey = randomUUID();
    const [row] = await tx
      .insert(transactions)
      .values({
        createdBy: userId,
        type: 'bonus',
        balanceAfter: after!.balance,
        idempotencyKey,
        requestHash: createHash('sha256').update(idempotencyKey).digest(),
        ...values,
      })
      .returning();
    return row!;
  });
}
