import { createHash } from 'node:crypto';
import type { BuildColumns } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';
import type { rateLimitColumns } from '../schema/rate-limits.ts';

/** As many as `count` at once, and as many again over each `seconds`: one more every `seconds / count`. */
export interface RateLimit {
  count: number;
  seconds: number;
}

/** The table of any domain: what has its columns. */
export type RateLimitTable = PgTable & BuildColumns<'rate_limits', ReturnType<typeof rateLimitColumns>, 'pg'>;

/** What a table keeps of a key. */
export function hashKey(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
