import { is } from 'drizzle-orm';
import { type PgDatabase, PgTransaction, type PgTransactionConfig } from 'drizzle-orm/pg-core';
import type { PostgresJsQueryResultHKT } from 'drizzle-orm/postgres-js';
import type * as schema from './schema/index.ts';

/** The handle that queries take: a pool, or a transaction. */
export type Database = PgDatabase<PostgresJsQueryResultHKT, typeof schema>;

/** The handle of an open transaction: what a query takes that is only right inside one. */
export type Transaction = Parameters<Parameters<Database['transaction']>[0]>[0];

/**
 * Runs `work` in a transaction and returns what it returns; when it throws, nothing of it has happened.
 * Given a transaction, it joins that one: the outermost call commits. `config` is for the one that begins.
 */
export function withTransaction<Result>(
  db: Database | Transaction,
  work: (tx: Transaction) => Promise<Result>,
  config?: PgTransactionConfig,
): Promise<Result> {
  if (is(db, PgTransaction)) return work(db as Transaction);
  return db.transaction(work, config);
}
