import { and, type Database, eq, isNull, lte, or, sql } from '@org/db';
import { type NewSession, sessions, type User, users } from '@org/db/schema/identity';

/** Who may sign in: neither deleted nor disabled. */
export async function findUserByEmail(db: Database, email: string): Promise<User | undefined> {
  const [user] = await db
    .select()
    .from(users)
    .where(and(eq(users.email, email), isNull(users.deletedAt), isNull(users.disabledAt)));
  return user;
}

export async function insertSession(db: Database, values: NewSession): Promise<void> {
  await db.insert(sessions).values(values);
}

/** Those that identity.authenticate() refuses. */
export async function deleteEndedSessions(db: Database, userId: string): Promise<void> {
  const idleSince = sql`now() - make_interval(secs => ${sessions.idleSeconds})`;
  const isOver = or(lte(sessions.expiresAt, sql`now()`), lte(sessions.lastUsedAt, idleSince));
  await db.delete(sessions).where(and(eq(sessions.userId, userId), isOver));
}

export async function deleteSession(db: Database, userId: string, id: string): Promise<void> {
  await db.delete(sessions).where(and(eq(sessions.userId, userId), eq(sessions.id, id)));
}
