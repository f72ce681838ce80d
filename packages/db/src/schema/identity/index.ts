export { identityRateLimits } from './rate-limits.ts';
export { identitySchema } from './schema.ts';
export { type NewSession, type Session, sessions, sessionsRelations } from './sessions.ts';
export {
  type NewUserSettings,
  type UserPreferences,
  type UserSettings,
  userSettings,
  userSettingsRelations,
} from './user-settings.ts';
export { type NewUser, type User, type UserRole, userRole, users, usersRelations } from './users.ts';
