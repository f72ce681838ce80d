import { uuid } from 'drizzle-orm/pg-core';
import { users } from './identity/users.ts';

/**
 * Whose row it is. On every user-owned table, children included, so that each can be read, moved and removed with its
 * owner.
 *
 * A function, unlike the sets in columns.ts: it is needed while the modules that it imports are still being loaded.
 */
export function owner() {
  return {
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
  };
}
