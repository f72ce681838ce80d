import { relations, sql } from 'drizzle-orm';
import { check, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { id, softDelete, timestamps, timestamptz, version } from '../columns.ts';
import { identitySchema } from './schema.ts';
import { sessions } from './sessions.ts';
import { userSettings } from './user-settings.ts';

export const userRole = identitySchema.enum('user_role', ['member', 'admin']);

/** Stays cold: no counters and no last-seen here, since every other domain points at these rows. */
export const users = identitySchema.table(
  'users',
  {
    ...id,
    email: text('email').notNull(),
    /** A PHC string, see `hashPassword`. */
    passwordHash: text('password_hash').notNull(),
    name: text('name').notNull(),
    role: userRole('role').notNull().default('member'),
    /** Set while an administrator keeps the user out. Its data stays, its sessions are over. */
    disabledAt: timestamptz('disabled_at'),
    ...version,
    ...timestamps,
    ...softDelete,
  },
  (t) => [
    // Only among the living: an address is free again once its account is gone.
    uniqueIndex('idx_users_email_live').on(t.email).where(sql`${t.deletedAt} is null`),
    check('users_email_check', sql`${t.email} = lower(${t.email}) and char_length(${t.email}) <= 320`),
    check('users_name_check', sql`char_length(${t.name}) between 1 and 255`),
  ],
);

export const usersRelations = relations(users, ({ many, one }) => ({
  sessions: many(sessions),
  settings: one(userSettings, { fields: [users.id], references: [userSettings.userId] }),
}));

export type User = typeof users.$inferSelect;
export type NewUser = typeof users.$inferInsert;
export type UserRole = User['role'];
