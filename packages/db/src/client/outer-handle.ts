import { AsyncLocalStorage } from 'node:async_hooks';
import { ClientError } from './errors.ts';

interface OpenTransaction {
  pool: object;
  isOpen: boolean;
}

const current = new AsyncLocalStorage<OpenTransaction | undefined>();

/** Runs the work of a transaction so that `refuseOuterHandle` knows about it. */
export async function markTransaction<Result>(pool: object, work: () => Promise<Result>): Promise<Result> {
  const transaction: OpenTransaction = { pool, isOpen: true };
  try {
    return await current.run(transaction, work);
  } finally {
    transaction.isOpen = false;
  }
}

/**
 * Throws when the pool is used by code that runs in a transaction of it: such a statement runs on another connection,
 * outside of the transaction, and when every connection is lent to a transaction that does so, all of them wait in
 * vain. For development and tests.
 */
export function refuseOuterHandle(pool: object): void {
  const transaction = current.getStore();
  if (!transaction?.isOpen || transaction.pool !== pool) return;
  throw new ClientError(
    'OUTER_HANDLE_IN_TRANSACTION',
    'A query inside of a transaction was made on the outer handle, so it would not be part of the transaction. ' +
      'Make it on the handle that the transaction was given; wrap it in outsideTransaction() if it is meant to be apart.',
  );
}

/**
 * Runs `work` outside of the surrounding transaction on purpose, such as a log entry that stays when the transaction is
 * undone.
 */
export function outsideTransaction<Result>(work: () => PromiseLike<Result>): Promise<Result> {
  // Awaited inside: a query of drizzle begins when it is awaited.
  return current.run(undefined, async () => await work());
}
