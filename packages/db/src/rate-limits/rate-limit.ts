import { createHash } from 'node:crypto';
import type { creditsRateLimits } from '../schema/credits/index.ts';
import type { identityRateLimits } from '../schema/identity/index.ts';

/** As many as `count` at once, and as many again over each `seconds`: one more every `seconds / count`. */
export interface RateLimit {
  count: number;
  seconds: number;
}

/** The table of any domain; they are alike. */
export type RateLimitTable = typeof identityRateLimits | typeof creditsRateLimits;

/** What a table keeps of a key. */
export function hashKey(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
