import type { PgInsertValue, PgTable } from 'drizzle-orm/pg-core';
import type { Transaction } from '../transaction.ts';

/** Inserts the rows that are not there and leaves the others as they are; returns how many it wrote. */
export async function insertMissing<Table extends PgTable>(
  tx: Transaction,
  table: Table,
  rows: PgInsertValue<Table>[],
): Promise<number> {
  if (rows.length === 0) return 0;
  const { count } = await tx.insert(table).values(rows).onConflictDoNothing();
  return count;
}
