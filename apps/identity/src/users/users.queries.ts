import { and, type Database, eq, isNull, ne, type Placeholders, preparedQuery, sql, type Value } from '@org/db';
import { type NewUser, sessions, type User, users } from '@org/db/schema/identity';

/** Undefined when a living user has that address. */
export async function insertUser(db: Database, values: NewUser): Promise<User | undefined> {
  const [user] = await db.insert(users).values(values).onConflictDoNothing().returning();
  return user;
}

export async function findUser(db: Database, id: string): Promise<User | undefined> {
  const [user] = await selectUser(db, { id });
  return user;
}

const selectUser = preparedQuery('findUser', (db, { id }: Placeholders<{ id: string }>) =>
  db.select().from(users).where(isLive(id)),
);

/**
 * Changes the user. Undefined when there is none, or, with `confirmed`, when the password has been changed since.
 * Throws the unique violation when another user has the new address.
 */
export async function updateUser(
  db: Database,
  id: string,
  changes: Pick<Partial<NewUser>, 'email' | 'name' | 'passwordHash'>,
  confirmed?: Pick<User, 'passwordHash'>,
): Promise<User | undefined> {
  const [user] = await db
    .update(users)
    .set({ ...changes, version: sql`${users.version} + 1` })
    .where(and(isLive(id), confirmed && eq(users.passwordHash, confirmed.passwordHash)))
    .returning();
  return user;
}

/**
 * Disables the user, keeping the time when that is done already, or enables it. Undefined when there is no such user.
 */
export async function setDisabled(db: Database, id: string, isDisabled: boolean): Promise<User | undefined> {
  const [user] = await db
    .update(users)
    .set({
      disabledAt: isDisabled ? sql`coalesce(${users.disabledAt}, now())` : null,
      version: sql`${users.version} + 1`,
    })
    .where(isLive(id))
    .returning();
  return user;
}

/** All of them, or all but one. */
export async function deleteSessionsOfUser(db: Database, userId: string, keptId?: string): Promise<void> {
  await db.delete(sessions).where(and(eq(sessions.userId, userId), keptId ? ne(sessions.id, keptId) : undefined));
}

function isLive(id: Value<string>) {
  return and(eq(users.id, id), isNull(users.deletedAt));
}
