import { sql } from 'drizzle-orm';
import { bigint, check, uniqueIndex } from 'drizzle-orm/pg-core';
import { id, timestamps, version } from '../columns.ts';
import { owner } from '../owner.ts';
import { creditsSchema } from './schema.ts';

/**
 * At most one row a user, made by the first transaction; no row is a balance of 0. It is the sum of the user's
 * `transactions`.
 */
export const balances = creditsSchema.table(
  'balances',
  {
    ...id,
    ...owner(),
    balance: bigint('balance', { mode: 'number' }).notNull().default(0),
    ...version,
    ...timestamps,
  },
  (t) => [
    uniqueIndex('idx_balances_user_id').on(t.userId),
    // The upper bound is what a JavaScript number holds exactly.
    check('balances_balance_check', sql`${t.balance} between 0 and 9007199254740991`),
  ],
);

export type Balance = typeof balances.$inferSelect;
export type NewBalance = typeof balances.$inferInsert;
