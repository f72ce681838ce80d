import { type Database, eq, type Placeholders, preparedQuery, sql, type Transaction } from '@org/db';
import { balances } from '@org/db/schema/credits';

/** Credits of the user, or undefined when it never had a transaction. */
export async function findBalance(db: Database, userId: string): Promise<number | undefined> {
  const [row] = await selectBalance(db, { userId });
  return row?.balance;
}

const selectBalance = preparedQuery('findBalance', (db, { userId }: Placeholders<{ userId: string }>) =>
  db.select({ balance: balances.balance }).from(balances).where(eq(balances.userId, userId)),
);

/**
 * Adds `change`, which may be negative, to the user's balance. Returns the balance and the time of the change, later
 * than that of any change before; or undefined, with nothing to keep (the transaction has to roll back), when the
 * balance would go below 0 or over what a number holds exactly. Throws the foreign key's error for a user that does not
 * exist.
 *
 * Holds the row until the transaction ends. So one change of a user follows the other, and a statement after this one
 * sees all that the earlier ones did: what a change depends on beside the balance is to be read after it.
 */
export async function changeBalance(
  tx: Transaction,
  userId: string,
  change: number,
): Promise<ChangedBalance | undefined> {
  const next = sql`${balances.balance} + ${change}`;
  const [row] = await tx
    .insert(balances)
    .values({ userId, balance: Math.max(change, 0) })
    .onConflictDoUpdate({
      target: balances.userId,
      set: {
        balance: next,
        version: sql`${balances.version} + 1`,
        // Not now(), which is when the transaction began, before it waited for the row; and never back with a clock
        // that steps.
        updatedAt: sql`greatest(clock_timestamp(), ${balances.updatedAt} + interval '1 millisecond')`,
      },
      setWhere: sql`${next} between 0 and ${Number.MAX_SAFE_INTEGER}`,
    })
    .returning({ balance: balances.balance, version: balances.version, changedAt: balances.updatedAt });
  // Version 1: there was no row, so nothing to take from.
  const refused = row === undefined || (row.version === 1 && change < 0);
  return refused ? undefined : { balance: row.balance, changedAt: row.changedAt };
}

interface ChangedBalance {
  balance: number;
  changedAt: Date;
}
