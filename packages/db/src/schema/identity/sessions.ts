import { relations, sql } from 'drizzle-orm';
import { check, index, integer, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { bytea, id, timestamps, timestamptz } from '../columns.ts';
import { owner } from '../owner.ts';
import { identitySchema } from './schema.ts';
import { users } from './users.ts';

/** A signed-in device. To revoke a session is to delete its row. */
export const sessions = identitySchema.table(
  'sessions',
  {
    ...id,
    ...owner(),
    /** SHA-256 of the bearer token; the token itself is nowhere. */
    tokenHash: bytea('token_hash').notNull(),
    expiresAt: timestamptz('expires_at').notNull(),
    /** Exact to a minute: `identity.authenticate` writes it no more often. */
    lastUsedAt: timestamptz('last_used_at').notNull().defaultNow(),
    /** Seconds after its last use that a session ends, however long it may last. */
    idleSeconds: integer('idle_seconds').notNull().default(604_800),
    userAgent: text('user_agent'),
    ...timestamps,
  },
  (t) => [
    uniqueIndex('idx_sessions_token_hash').on(t.tokenHash),
    index('idx_sessions_user_id').on(t.userId),
    check('sessions_token_hash_check', sql`octet_length(${t.tokenHash}) = 32`),
  ],
);

export const sessionsRelations = relations(sessions, ({ one }) => ({
  user: one(users, { fields: [sessions.userId], references: [users.id] }),
}));

export type Session = typeof sessions.$inferSelect;
export type NewSession = typeof sessions.$inferInsert;
