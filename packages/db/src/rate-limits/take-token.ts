import { sql } from 'drizzle-orm';
import type { Database } from '../transaction.ts';
import { cleanUp } from './clean-up.ts';
import { hashKey, type RateLimit, type RateLimitTable } from './rate-limit.ts';

/**
 * Takes one token of the bucket `key`, which holds `limit.count` of them and fills up in `limit.seconds`, for all
 * replicas together. Returns 0 when there was one, else in how many seconds there will be, rounded up; a refusal takes
 * nothing, so asking again and again does not make it later.
 *
 * GCRA (https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm): all that is kept of a bucket is when it will be
 * full. One statement, by the server's clock. Call it outside of a transaction, or others wait for its end.
 */
export async function takeToken(db: Database, table: RateLimitTable, key: string, limit: RateLimit): Promise<number> {
  const keyHash = hashKey(key);
  const step = sql`make_interval(secs => ${limit.seconds / limit.count}::float8)`;
  const span = sql`make_interval(secs => ${limit.seconds}::float8)`;
  const [row] = await db.execute<{ wait: number }>(sql`
    with taken as (
      insert into ${table} as bucket (key_hash, ends_at) values (${keyHash}, now() + ${step})
      on conflict (key_hash) do update set ends_at = greatest(bucket.ends_at, now()) + ${step}, updated_at = now()
        where bucket.ends_at <= now() + ${span} - ${step}
      returning 0 as wait
    )
    select wait from taken
    union all
    select extract(epoch from ends_at + ${step} - ${span} - now())::float8 from ${table}
    where key_hash = ${keyHash} and not exists (select from taken)`);
  cleanUp(db, table);
  if (row?.wait === 0) return 0;
  // The next token is never more than a step away: a statement that began earlier than the one which took the last
  // token sees a little more, one that waited for it sees the row as it was before.
  const longest = limit.seconds / limit.count;
  const wait = row && row.wait > 0 ? Math.min(row.wait, longest) : longest;
  return Math.max(1, Math.ceil(wait));
}
