import { and, type Database, eq, isNull, sql } from '@org/db';
import { type NewUser, type User, users } from '@org/db/schema/identity';

/** Undefined when a living user has that address. */
export async function insertUser(db: Database, values: NewUser): Promise<User | undefined> {
  const [user] = await db.insert(users).values(values).onConflictDoNothing().returning();
  return user;
}

export async function findUser(db: Database, id: string): Promise<User | undefined> {
  const [user] = await db.select().from(users).where(isLive(id));
  return user;
}

/** Undefined when there is no such user. Throws the unique violation when another one has the new address. */
export async function updateUser(
  db: Database,
  id: string,
  changes: Pick<Partial<NewUser>, 'email' | 'name'>,
): Promise<User | undefined> {
  const [user] = await db
    .update(users)
    .set({ ...changes, version: sql`${users.version} + 1` })
    .where(isLive(id))
    .returning();
  return user;
}

function isLive(id: string) {
  return and(eq(users.id, id), isNull(users.deletedAt));
}
