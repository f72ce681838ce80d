import { asc, type Database, eq } from '@org/db';
import { balances, type CreditTransaction, transactions } from '@org/db/schema/credits';
import type { CurrentUser } from '@org/service';
import { expect } from 'vitest';

/** As the guard would say of a user's session. */
export function asMember({ id }: { id: string }): CurrentUser {
  return { id, role: 'member', sessionId: id };
}

export function asAdmin({ id }: { id: string }): CurrentUser {
  return { id, role: 'admin', sessionId: id };
}

/**
 * What is always true of a ledger, whatever happened at once: each row starts where the one before ended and is later
 * than it, nothing was ever negative, and the balance is where the last row ended. Returns the rows, oldest first.
 */
export async function expectConsistentLedger(db: Database, userId: string): Promise<CreditTransaction[]> {
  const rows = await db
    .select()
    .from(transactions)
    .where(eq(transactions.userId, userId))
    .orderBy(asc(transactions.createdAt), asc(transactions.id));
  let balance = 0;
  let time = 0;
  for (const row of rows) {
    balance += row.amount;
    expect(row.balanceAfter).toBe(balance);
    expect(balance).toBeGreaterThanOrEqual(0);
    expect(row.createdAt.getTime()).toBeGreaterThan(time);
    time = row.createdAt.getTime();
  }
  const [stored] = await db.select().from(balances).where(eq(balances.userId, userId));
  expect(stored?.balance ?? 0).toBe(balance);
  return rows;
}
