import { sql } from 'drizzle-orm';
import type { Database } from '../transaction.ts';
import { hashKey, type RateLimit, type RateLimitTable } from './rate-limit.ts';

/** Gives back one token to each bucket: what was asked for turned out to be right, and is not to be counted. */
export async function giveTokensBack(
  db: Database,
  table: RateLimitTable,
  buckets: readonly { key: string; limit: RateLimit }[],
): Promise<void> {
  const given = buckets.map(({ key, limit }) => sql`(${hashKey(key)}::bytea, ${limit.seconds / limit.count}::float8)`);
  // Locked in one order, so that two who give back the same buckets do not block each other.
  await db.execute(sql`
    update ${table} as bucket set ends_at = bucket.ends_at - make_interval(secs => held.step), updated_at = now()
    from (
      select own.id, given.step
      from ${table} as own join (values ${sql.join(given, sql`, `)}) as given (key_hash, step) using (key_hash)
      order by own.id for no key update of own
    ) as held
    where bucket.id = held.id`);
}
