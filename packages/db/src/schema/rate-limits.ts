import { uniqueIndex } from 'drizzle-orm/pg-core';
import { bytea, id, timestamps, timestamptz } from './columns.ts';

/**
 * The columns of a domain's `rate_limits`, which counts requests in order to limit them, see `takeToken`. One table for
 * each domain, so that it is under that domain's rights and moves with it. Its migration makes it UNLOGGED: a check
 * then waits for no disk, and a crash only resets the limits.
 */
export function rateLimitColumns() {
  return {
    ...id,
    /** SHA-256 of what is counted, such as an address: neither addresses nor accounts can be read here. */
    keyHash: bytea('key_hash').notNull(),
    /** From then on the row has no meaning and may be deleted. Not indexed, so that an update touches no index. */
    endsAt: timestamptz('ends_at').notNull(),
    ...timestamps,
  };
}

export function rateLimitIndexes(table: { keyHash: RateLimitColumn }) {
  return [uniqueIndex('idx_rate_limits_key_hash').on(table.keyHash)];
}

type RateLimitColumn = Parameters<ReturnType<typeof uniqueIndex>['on']>[0];
