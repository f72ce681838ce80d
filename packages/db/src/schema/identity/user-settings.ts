import { relations, sql } from 'drizzle-orm';
import { check, jsonb, uniqueIndex } from 'drizzle-orm/pg-core';
import { id, timestamps, version } from '../columns.ts';
import { owner } from '../owner.ts';
import { identitySchema } from './schema.ts';
import { users } from './users.ts';

export interface UserPreferences {
  theme?: 'light' | 'dark' | 'system';
  /** BCP 47, such as `en-GB`. */
  locale?: string;
  /** IANA name, such as `Europe/Zurich`. */
  timeZone?: string;
  notifications?: { email?: boolean; push?: boolean };
}

/** At most one row a user, made when the settings are first saved. */
export const userSettings = identitySchema.table(
  'user_settings',
  {
    ...id,
    ...owner(),
    preferences: jsonb('preferences').$type<UserPreferences>().notNull().default({}),
    ...version,
    ...timestamps,
  },
  (t) => [
    uniqueIndex('idx_user_settings_user_id').on(t.userId),
    check('user_settings_preferences_check', sql`jsonb_typeof(${t.preferences}) = 'object'`),
  ],
);

export const userSettingsRelations = relations(userSettings, ({ one }) => ({
  user: one(users, { fields: [userSettings.userId], references: [users.id] }),
}));

export type UserSettings = typeof userSettings.$inferSelect;
export type NewUserSettings = typeof userSettings.$inferInsert;
