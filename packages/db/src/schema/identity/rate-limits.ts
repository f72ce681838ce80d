import { rateLimitColumns, rateLimitIndexes } from '../rate-limits.ts';
import { identitySchema } from './schema.ts';

/** Of signing in, registering and confirming a password. */
export const identityRateLimits = identitySchema.table('rate_limits', rateLimitColumns(), rateLimitIndexes);
