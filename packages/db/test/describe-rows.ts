import { is, sql } from 'drizzle-orm';
import { getTableConfig, PgTable } from 'drizzle-orm/pg-core';
import type { Database } from '../src/index.ts';
import * as schema from '../src/schema/index.ts';

/** Every row of every table as a line of JSON, sorted; of reference data without what differs between databases. */
export async function describeRows(db: Database): Promise<string[]> {
  const tables = Object.values(schema).filter((value) => is(value, PgTable));
  const lines = await Promise.all(
    tables.map(async (table) => {
      const { schema: domain, name } = getTableConfig(table as PgTable);
      const own = name === 'packages' ? sql`- 'id' - 'created_at' - 'updated_at'` : sql``;
      const rows = await db.execute<{ line: string }>(sql`select (to_jsonb(t) ${own})::text as line from ${table} t`);
      return rows.map(({ line }) => `${domain}.${name} ${line}`);
    }),
  );
  return lines.flat().sort();
}
