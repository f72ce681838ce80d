import { z } from 'zod';

/**
 * `true` or `false` as text; anything else is refused by the name of its variable, since `0` or `no` would be a guess.
 */
export const booleanFlag = z
  .enum(['true', 'false'], { error: 'must be "true" or "false"' })
  .transform((text) => text === 'true');
