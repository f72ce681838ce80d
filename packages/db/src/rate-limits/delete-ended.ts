import { sql } from 'drizzle-orm';
import type { Database } from '../transaction.ts';
import type { RateLimitTable } from './rate-limit.ts';

/** Calls between two clean-ups of one process, and the rows that one takes away at most: more than were added between. */
const EVERY = 250;
const BATCH = 1_000;

let calls = 0;

/** Once in a while, deletes rows that say nothing any more. It waits for nobody, and replicas may do it at the same time. */
export async function deleteEnded(db: Database, table: RateLimitTable): Promise<void> {
  calls++;
  if (calls % EVERY !== 0) return;
  await db.execute(sql`
    delete from ${table} where id in (select id from ${table} where ends_at < now() limit ${BATCH} for update skip locked)`);
}
