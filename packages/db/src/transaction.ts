import { type ExtractTablesWithRelations, is, type SQLWrapper } from 'drizzle-orm';
import { type PgDatabase, PgTransaction, type PgTransactionConfig } from 'drizzle-orm/pg-core';
import type { PgRaw } from 'drizzle-orm/pg-core/query-builders/raw';
import type { PostgresJsQueryResultHKT } from 'drizzle-orm/postgres-js';
import type { RowList } from 'postgres';
import { type RetryOptions, withRetries } from './client/retry.ts';
import type * as schema from './schema/index.ts';

type Row = Record<string, unknown>;
type DrizzleDatabase = PgDatabase<PostgresJsQueryResultHKT, typeof schema>;
type DrizzleTransaction = PgTransaction<
  PostgresJsQueryResultHKT,
  typeof schema,
  ExtractTablesWithRelations<typeof schema>
>;

/** Said anew below, or, as `_.session`, taken away: what takes a string, and what leads to it. */
type RawDoors = 'execute' | 'transaction' | '_';

interface SqlOnly {
  /** Takes no string, which drizzle-orm 0.45.4 runs as it is: without `sql` before it, the values are part of it. */
  execute<Result extends Row = Row>(query: SQLWrapper): PgRaw<RowList<Result[]>>;
}

/** The handle that queries take: a pool, or a transaction. */
export interface Database extends Omit<DrizzleDatabase, RawDoors>, SqlOnly {
  transaction<Result>(work: (tx: Transaction) => Promise<Result>, config?: PgTransactionConfig): Promise<Result>;
}

/** The handle of an open transaction: what a query takes that is only right inside one. */
export interface Transaction extends Omit<DrizzleTransaction, RawDoors>, SqlOnly {
  transaction<Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result>;
}

export interface TransactionOptions extends PgTransactionConfig {
  /**
   * Runs `work` anew, from the start, when the server undid it for the sake of another (40001 serialization failure,
   * 40P01 deadlock); so `work` may do nothing outside of the transaction. `true` is up to 3 attempts.
   */
  retry?: boolean | RetryOptions;
}

/**
 * Runs `work` in a transaction and returns what it returns; when it throws, nothing of it has happened. Given a
 * transaction, it joins that one: the outermost call commits, and its options hold.
 *
 * Throws what `work` throws, or a ClientError: TRANSACTION_OUTCOME_UNKNOWN when the answer to COMMIT was lost, which is
 * never retried; TRANSACTION_ABORTED when `work` caught the failure of a query and went on.
 */
export function withTransaction<Result>(
  db: Database | Transaction,
  work: (tx: Transaction) => Promise<Result>,
  { retry, ...config }: TransactionOptions = {},
): Promise<Result> {
  if (is(db, PgTransaction)) return work(db as unknown as Transaction);
  const attempt = () => db.transaction(work, config);
  return retry ? withRetries(attempt, retry === true ? {} : retry) : attempt();
}
