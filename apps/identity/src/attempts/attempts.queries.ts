import { type Database, giveTokensBack, isKeyRemembered, type RateLimit, rememberKey, takeToken } from '@org/db';
import { identityRateLimits } from '@org/db/schema/identity';

export interface Bucket {
  key: string;
  limit: RateLimit;
}

/** 0, or in how many seconds there will be a token. */
export function take(db: Database, { key, limit }: Bucket): Promise<number> {
  return takeToken(db, identityRateLimits, key, limit);
}

export function giveBack(db: Database, buckets: Bucket[]): Promise<void> {
  return giveTokensBack(db, identityRateLimits, buckets);
}

export function remember(db: Database, key: string, seconds: number): Promise<void> {
  return rememberKey(db, identityRateLimits, key, seconds);
}

export function isRemembered(db: Database, key: string): Promise<boolean> {
  return isKeyRemembered(db, identityRateLimits, key);
}
