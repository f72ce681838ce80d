import { type CreditTransaction, transactionType } from '@org/db/schema/credits';
import { pageOf, text } from '@org/service';
import { z } from 'zod';

const MAX_AMOUNT = 1_000_000_000;

const type = z.enum(transactionType.enumValues);
/** As the database writes it, so that it compares equal to what was read. */
const id = z.uuid().toLowerCase();

export const createTransactionBody = z
  .strictObject({
    type: type.meta({ description: 'A member posts `usage`, an admin any' }),
    amount: z.int().min(-MAX_AMOUNT).max(MAX_AMOUNT).meta({
      description: 'Credits, at least 1; an `adjustment` may be negative. What a `usage` takes is positive too',
      example: 3,
    }),
    description: text({ max: 500 }).optional(),
    userId: id.optional().meta({
      description:
        'Whose ledger; the caller’s own unless given. Also of a user who is disabled: accounts are settled after that',
    }),
    refundOf: id.optional().meta({ description: 'With `refund`, and only then: the usage that it gives back' }),
  })
  .superRefine((body, context) => {
    const wrong = (member: string, message: string) => context.addIssue({ code: 'custom', path: [member], message });
    if (body.type === 'adjustment' && body.amount === 0) wrong('amount', 'must not be 0');
    if (body.type !== 'adjustment' && body.amount < 1) wrong('amount', `must be 1 to ${MAX_AMOUNT}`);
    if (body.type === 'refund' && !body.refundOf) wrong('refundOf', 'must name the usage that this refund gives back');
    if (body.type !== 'refund' && body.refundOf) wrong('refundOf', 'belongs to a refund only');
  })
  .meta({ id: 'CreateTransaction' });
export type CreateTransactionBody = z.infer<typeof createTransactionBody>;

export const transactionResponse = z
  .object({
    id: z.uuid(),
    userId: z.uuid().meta({ description: 'Whose ledger it is in' }),
    createdBy: z.uuid().meta({ description: 'Who posted it: the owner, or an admin' }),
    type,
    amount: z
      .int()
      .meta({ description: 'Credits, as posted: negative only for an `adjustment` that takes', example: 3 }),
    change: z.int().meta({ description: 'What it added to the balance: negative for a `usage`', example: -3 }),
    balanceAfter: z.int().min(0).meta({ description: 'The balance with this transaction included', example: 97 }),
    description: z.string().nullable(),
    refundOf: z.uuid().nullable(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'Transaction' });
export type TransactionResponse = z.infer<typeof transactionResponse>;

export const transactionPage = pageOf(transactionResponse, 'TransactionPage');

/** What a transaction of this type and amount adds to a balance. Its own inverse. */
export function changeOf(type: CreditTransaction['type'], amount: number): number {
  return type === 'usage' ? -amount : amount;
}

/** A row's `amount` is signed, what it adds to the balance; on the wire that is `change`. */
export function toTransaction(row: CreditTransaction): TransactionResponse {
  return {
    id: row.id,
    userId: row.userId,
    createdBy: row.createdBy,
    type: row.type,
    amount: changeOf(row.type, row.amount),
    change: row.amount,
    balanceAfter: row.balanceAfter,
    description: row.description,
    refundOf: row.refundOf,
    createdAt: row.createdAt.toISOString(),
  };
}
