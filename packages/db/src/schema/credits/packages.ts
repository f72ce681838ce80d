import { sql } from 'drizzle-orm';
import { bigint, boolean, check, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { id, timestamps } from '../columns.ts';
import { creditsSchema } from './schema.ts';

/** What can be bought. Reference data: the seed `reference` keeps it, keyed by `code`. */
export const packages = creditsSchema.table(
  'packages',
  {
    ...id,
    code: text('code').notNull(),
    name: text('name').notNull(),
    credits: bigint('credits', { mode: 'number' }).notNull(),
    isActive: boolean('is_active').notNull().default(true),
    ...timestamps,
  },
  (t) => [
    uniqueIndex('idx_packages_code').on(t.code),
    check('packages_credits_check', sql`${t.credits} between 1 and 1000000000`),
  ],
);

export type Package = typeof packages.$inferSelect;
export type NewPackage = typeof packages.$inferInsert;
