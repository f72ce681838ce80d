import { createHash, randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { balances, type CreditTransaction, type NewCreditTransaction, transactions } from '../schema/credits/index.ts';
import { type Database, withTransaction } from '../transaction.ts';

/**
 * Posts `amount` credits, which may be negative, as a bonus from the user itself unless told otherwise: ledger and
 * balance.
 */
export function creditBalance(
  db: Database,
  values: { userId: string; amount: number } & Partial<NewCreditTransaction>,
): Promise<CreditTransaction> {
  return withTransaction(db, async (tx) => {
    const { userId, amount } = values;
    await tx.insert(balances).values({ userId }).onConflictDoNothing();
    const [after] = await tx
      .update(balances)
      .set({ balance: sql`${balances.balance} + ${amount}`, version: sql`${balances.version} + 1` })
      .where(eq(balances.userId, userId))
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
