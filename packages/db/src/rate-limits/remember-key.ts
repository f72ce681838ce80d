import { and, eq, gt, sql } from 'drizzle-orm';
import type { Database } from '../transaction.ts';
import { hashKey, type RateLimitTable } from './rate-limit.ts';

/** Remembers the key for so many seconds from now. */
export async function rememberKey(db: Database, table: RateLimitTable, key: string, seconds: number): Promise<void> {
  const endsAt = sql`now() + make_interval(secs => ${seconds}::float8)`;
  await db.execute(sql`
    insert into ${table} (key_hash, ends_at) values (${hashKey(key)}, ${endsAt})
    on conflict (key_hash) do update set ends_at = excluded.ends_at, updated_at = now()`);
}

/** Whether rememberKey was told the key, and its time has not passed. */
export async function isKeyRemembered(db: Database, table: RateLimitTable, key: string): Promise<boolean> {
  const [row] = await db.execute(
    sql`select from ${table} where ${and(eq(table.keyHash, hashKey(key)), gt(table.endsAt, sql`now()`))}`,
  );
  return row !== undefined;
}
