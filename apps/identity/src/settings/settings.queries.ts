import { type Database, eq, type Placeholders, preparedQuery, sql } from '@org/db';
import { type UserPreferences, userSettings } from '@org/db/schema/identity';

export async function findPreferences(db: Database, userId: string): Promise<UserPreferences | undefined> {
  const [row] = await selectPreferences(db, { userId });
  return row?.preferences;
}

const selectPreferences = preparedQuery('findPreferences', (db, { userId }: Placeholders<{ userId: string }>) =>
  db.select({ preferences: userSettings.preferences }).from(userSettings).where(eq(userSettings.userId, userId)),
);

/** Inserts or replaces; of two at once, the later one stays. */
export async function upsertPreferences(db: Database, userId: string, preferences: UserPreferences): Promise<void> {
  await db
    .insert(userSettings)
    .values({ userId, preferences })
    .onConflictDoUpdate({
      target: userSettings.userId,
      set: { preferences, version: sql`${userSettings.version} + 1`, updatedAt: sql`now()` },
    });
}
