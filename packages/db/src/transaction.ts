import { is } from 'drizzle-orm';
import { type PgDatabase, PgTransaction, type PgTransactionConfig } from 'drizzle-orm/pg-core';
import type { PostgresJsQueryResultHKT } from 'drizzle-orm/postgres-js';
import { type RetryOptions, withRetries } from './client/retry.ts';
import type * as schema from './schema/index.ts';

/** The handle that queries take: a pool, or a transaction. */
export type Database = PgDatabase<PostgresJsQueryResultHKT, typeof schema>;

/** The handle of an open transaction: what a query takes that is only right inside one. */
export type Transaction = Parameters<Parameters<Database['transaction']>[0]>[0];

export interface TransactionOptions extends PgTransactionConfig {
  /**
   * Runs `work` anew, from the start, when the server undid it for the sake of another (40001 serialization failure, 40P01
   * deadlock); so `work` may do nothing outside of the transaction. `true` is up to 3 attempts.
   */
  retry?: boolean | RetryOptions;
}

/**
 * Runs `work` in a transaction and returns what it returns; when it throws, nothing of it has happened. Given a transaction, it
 * joins that one: the outermost call commits, and its options hold.
 *
 * Throws what `work` throws, or a ClientError: TRANSACTION_OUTCOME_UNKNOWN when the answer to COMMIT was lost, which is never
 * retried; TRANSACTION_ABORTED when `work` caught the failure of a query and went on.
 */
export function withTransaction<Result>(
  db: Database | Transaction,
  work: (tx: Transaction) => Promise<Result>,
  { retry, ...config }: TransactionOptions = {},
): Promise<Result> {
  if (is(db, PgTransaction)) return work(db as Transaction);
  const attempt = () => db.transaction(work, config);
  return retry ? withRetries(attempt, retry === true ? {} : retry) : attempt();
}
