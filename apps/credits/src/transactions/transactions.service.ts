import { Injectable } from '@nestjs/common';
import { type Database, findServerError, SQLSTATE, type Transaction, withTransaction } from '@org/db';
import { InjectDrizzle } from '@org/db/nestjs';
import type { CreditTransaction } from '@org/db/schema/credits';
import {
  type CurrentUser,
  DomainError,
  hashRequest,
  keyInUse,
  type ListQuery,
  listPage,
  type Page,
  reusedKey,
} from '@org/service';
import { changeBalance } from '../balance/balance.queries.ts';
import { type CreateTransactionBody, changeOf, type TransactionResponse, toTransaction } from './transactions.dto.ts';
import {
  countTransactions,
  findRefundable,
  findTransactionByKey,
  insertTransaction,
  listTransactions,
  tryLockKey,
} from './transactions.queries.ts';

@Injectable()
export class TransactionsService {
  constructor(@InjectDrizzle() private readonly db: Database) {}

  /** Newest first. Throws `invalid_cursor`. */
  list(userId: string, query: ListQuery): Promise<Page<TransactionResponse>> {
    return listPage(query, {
      scope: { list: 'transactions', userId },
      rows: (limit, position) => listTransactions(this.db, userId, limit, position),
      count: (limit) => countTransactions(this.db, userId, limit),
      toItem: toTransaction,
    });
  }

  /**
   * Posts to a ledger and changes its balance, both or neither, once for each key of `user`: a repeat gets the row of
   * the first time. Only what was posted is kept under its key, so that a refused attempt may be tried again. Throws
   * `forbidden`, `idempotency_key_in_use`, `idempotency_key_reused`, `user_not_found`, `insufficient_credits`,
   * `balance_limit`, `usage_not_found`, `refund_exceeds`.
   */
  async create(user: CurrentUser, key: string, body: CreateTransactionBody): Promise<Posted> {
    const userId = body.userId ?? user.id;
    if (!mayPost(user, body.type, userId)) {
      throw new DomainError('forbidden', 'A member posts its own usage; the rest is for an admin to post.');
    }
    const requestHash = hashRequest({ ...body, userId });
    return withTransaction(
      this.db,
      async (tx) => {
        const isFirst = await tryLockKey(tx, user.id, key);
        // A statement of its own, after the lock: it sees what an earlier holder of the lock has committed.
        const earlier = await findTransactionByKey(tx, user.id, key);
        if (earlier && !requestHash.equals(earlier.requestHash)) throw reusedKey();
        if (earlier) return { transaction: earlier, isReplayed: true };
        if (!isFirst) throw keyInUse();
        const origin = { userId, createdBy: user.id, idempotencyKey: key, requestHash };
        return { transaction: await post(tx, origin, body), isReplayed: false };
      },
      { retry: true },
    );
  }
}

function mayPost(user: CurrentUser, type: CreditTransaction['type'], userId: string): boolean {
  return user.role === 'admin' || (type === 'usage' && userId === user.id);
}

async function post(tx: Transaction, origin: Origin, body: CreateTransactionBody): Promise<CreditTransaction> {
  const change = changeOf(body.type, body.amount);
  const { balance, changedAt } = await applyChange(tx, origin.userId, change);
  // Two refunds of one usage: the second has waited for the balance, and sees the first.
  if (body.refundOf) await checkRefund(tx, origin.userId, body.refundOf, body.amount);
  return insertTransaction(tx, {
    ...origin,
    type: body.type,
    amount: change,
    balanceAfter: balance,
    description: body.description,
    refundOf: body.refundOf,
    createdAt: changedAt,
    updatedAt: changedAt,
  });
}

async function applyChange(tx: Transaction, userId: string, change: number) {
  const changed = await changeBalance(tx, userId, change).catch((error: unknown) => {
    // A balance has one foreign key: its user.
    if (findServerError(error)?.sqlState !== SQLSTATE.foreignKeyViolation) throw error;
    throw new DomainError('user_not_found', 'There is no such user.', undefined, { cause: error });
  });
  if (changed) return changed;
  if (change < 0) throw new DomainError('insufficient_credits', `The balance is less than ${creditsOf(-change)}.`);
  throw new DomainError('balance_limit', `The balance cannot go over ${Number.MAX_SAFE_INTEGER} credits.`);
}

async function checkRefund(tx: Transaction, userId: string, usageId: string, amount: number): Promise<void> {
  const refundable = await findRefundable(tx, userId, usageId);
  if (refundable === undefined)
    throw new DomainError('usage_not_found', 'This user has no usage with the id in refundOf.');
  if (amount > refundable) {
    throw new DomainError('refund_exceeds', `Of this usage, no more than ${creditsOf(refundable)} can be refunded.`, {
      refundable,
    });
  }
}

function creditsOf(amount: number): string {
  return amount === 1 ? '1 credit' : `${amount} credits`;
}

/** Whose ledger, and which request of whom. */
type Origin = Pick<CreditTransaction, 'userId' | 'createdBy' | 'idempotencyKey' | 'requestHash'>;

interface Posted {
  transaction: CreditTransaction;
  /** It is the row of an earlier request. */
  isReplayed: boolean;
}
