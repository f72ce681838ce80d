import { rateLimitColumns, rateLimitIndexes } from '../rate-limits.ts';
import { creditsSchema } from './schema.ts';

/** Of posting to the ledger. */
export const creditsRateLimits = creditsSchema.table('rate_limits', rateLimitColumns(), rateLimitIndexes);
