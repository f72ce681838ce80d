import { sql } from 'drizzle-orm';
import { withOperation } from '../client/operation.ts';
import type { Database } from '../transaction.ts';
import type { RateLimitTable } from './rate-limit.ts';

/** Calls of one process between two looks, and the rows that one looks at: more than were added between. */
const EVERY = 250;
const PAGE = 1_000;

/** Before the first id. */
export const START = '00000000-0000-0000-0000-000000000000';

/** Of one table: how far the last look went. */
interface Progress {
  calls: number;
  isLooking: boolean;
  lastId: string;
}

const progressOf = new WeakMap<RateLimitTable, Progress>();

/**
 * Once in a while, deletes rows that say nothing any more: looks at the next page of the table, in the order of its
 * key, and at the end begins anew. That is the same work however long the table is, without an index on `ends_at`,
 * which every check would have to update. Nobody waits for it, and replicas may do it at the same time. Should it fail,
 * the next look is as good.
 */
export function cleanUp(db: Database, table: RateLimitTable): void {
  const progress = progressOf.get(table) ?? { calls: 0, isLooking: false, lastId: START };
  progressOf.set(table, progress);
  progress.calls++;
  if (progress.calls % EVERY !== 0 || progress.isLooking) return;
  progress.isLooking = true;
  void withOperation('cleanUpRateLimits', () => deleteEnded(db, table, progress.lastId))
    .then((lastId) => (progress.lastId = lastId ?? START))
    .catch(() => {})
    .finally(() => (progress.isLooking = false));
}

/** Deletes of the page behind `lastId`. Returns the last id of the page, undefined at the end of the table. */
export async function deleteEnded(db: Database, table: RateLimitTable, lastId: string): Promise<string | undefined> {
  // `= any(array(…))` rather than `in (…)`, so that however many rows are expected, they are looked up by the key.
  const [last] = await db.execute<{ id: string }>(sql`
    with page as (select id, ends_at from ${table} where id > ${lastId}::uuid order by id limit ${PAGE}),
    deleted as (
      delete from ${table} where id in (
        select id from ${table} where id = any(array(select id from page where ends_at < now())) and ends_at < now()
        for update skip locked
      )
    )
    select id from page order by id desc limit 1`);
  return last?.id;
}
