import { z } from 'zod';

/** A whole number of the query string. Repeated, it is an array, and refused like any other text that is no number. */
const limit = z
  .string({ error: 'must be given once' })
  .refine((text) => /^\d{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= 100, {
    error: 'must be a whole number from 1 to 100',
  })
  .meta({ type: 'integer', minimum: 1, maximum: 100, default: 20 })
  .transform(Number)
  .default(20);

/** `true` or `false` in a query string. */
export function queryFlag() {
  return z
    .enum(['true', 'false'], { error: 'must be true or false' })
    .meta({ type: 'boolean', enum: undefined })
    .transform((text) => text === 'true')
    .default(false);
}

/**
 * The query of every list: `listQuery.extend({ tag: tagName.optional() })` adds filters. A parameter that is not known
 * is 400, since a filter that is misspelt and left out would list too much.
 */
export const listQuery = z.strictObject({
  limit,
  cursor: z
    .string({ error: 'must be given once' })
    .max(200, { error: 'must be the cursor of another page' })
    .optional(),
  count: queryFlag(),
});

export type ListQuery = z.infer<typeof listQuery>;
