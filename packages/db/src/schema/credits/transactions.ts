import { relations, sql } from 'drizzle-orm';
import { bigint, check, foreignKey, index, text, unique, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { bytea, id, timestamps } from '../columns.ts';
import { users } from '../identity/users.ts';
import { owner } from '../owner.ts';
import { creditsSchema } from './schema.ts';

export const transactionType = creditsSchema.enum('transaction_type', [
  'purchase',
  'usage',
  'refund',
  'bonus',
  'adjustment',
]);

/** The ledger: rows are added, in the transaction that changes the balance, and never changed. */
export const transactions = creditsSchema.table(
  'transactions',
  {
    ...id,
    ...owner(),
    /** Who posted it: the owner, or an admin. */
    createdBy: uuid('created_by')
      .notNull()
      // Without cascade: an admin's account cannot take other people's ledgers with it.
      .references(() => users.id),
    type: transactionType('type').notNull(),
    /** Credits, signed: what it adds to the balance. */
    amount: bigint('amount', { mode: 'number' }).notNull(),
    /** The balance with this row included. */
    balanceAfter: bigint('balance_after', { mode: 'number' }).notNull(),
    description: text('description'),
    /** The usage that a refund gives back, in whole or in part. */
    refundOf: uuid('refund_of'),
    idempotencyKey: text('idempotency_key').notNull(),
    /** SHA-256 of the request; tells a repeat from a key used again for something else. */
    requestHash: bytea('request_hash').notNull(),
    ...timestamps,
  },
  (t) => [
    unique('transactions_user_id_id_unique').on(t.userId, t.id),
    foreignKey({
      name: 'transactions_user_id_refund_of_transactions_user_id_id_fk',
      columns: [t.userId, t.refundOf],
      foreignColumns: [t.userId, t.id],
    }).onDelete('cascade'),
    // The refunds of a usage; few rows have one.
    index('idx_transactions_user_id_refund_of').on(t.userId, t.refundOf).where(sql`${t.refundOf} is not null`),
    // A page of the ledger, newest first (read backwards).
    index('idx_transactions_user_id_created_at_id').on(t.userId, t.createdAt, t.id),
    uniqueIndex('idx_transactions_created_by_idempotency_key').on(t.createdBy, t.idempotencyKey),
    check('transactions_amount_check', sql`${t.amount} <> 0 and abs(${t.amount}) <= 1000000000`),
    check(
      'transactions_type_check',
      sql`case ${t.type} when 'usage' then ${t.amount} < 0 when 'adjustment' then true else ${t.amount} > 0 end`,
    ),
    check('transactions_balance_after_check', sql`${t.balanceAfter} between 0 and 9007199254740991`),
    check('transactions_refund_of_check', sql`(${t.type} = 'refund') = (${t.refundOf} is not null)`),
    check('transactions_idempotency_key_check', sql`char_length(${t.idempotencyKey}) between 1 and 255`),
    check('transactions_request_hash_check', sql`octet_length(${t.requestHash}) = 32`),
  ],
);

export const transactionsRelations = relations(transactions, ({ many, one }) => ({
  refundedUsage: one(transactions, {
    fields: [transactions.userId, transactions.refundOf],
    references: [transactions.userId, transactions.id],
    relationName: 'refund',
  }),
  refunds: many(transactions, { relationName: 'refund' }),
}));

export type CreditTransaction = typeof transactions.$inferSelect;
export type NewCreditTransaction = typeof transactions.$inferInsert;
export type TransactionType = CreditTransaction['type'];
