import { and, type Database, desc, eq, gt, inArray, isNull, notInArray, sql } from '@org/db';
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

/** Deletes the sessions of the user but the `count` newest of those that identity.authenticate() lets in. */
export async function keepNewestSessions(db: Database, userId: string, count: number): Promise<void> {
  const ofUser = eq(sessions.userId, userId);
  const idleSince = sql`now() - make_interval(secs => ${sessions.idleSeconds})`;
  const isAlive = and(gt(sessions.expiresAt, sql`now()`), gt(sessions.lastUsedAt, idleSince));
  const select = () => db.select({ id: sessions.id }).from(sessions).$dynamic();
  const kept = select().where(and(ofUser, isAlive)).orderBy(desc(sessions.createdAt), desc(sessions.id)).limit(count);
  // Locked in one order, so that two who sign in at once do not block each other.
  const others = select()
    .where(and(ofUser, notInArray(sessions.id, kept)))
    .orderBy(sessions.id)
    .for('update');
  await db.delete(sessions).where(inArray(sessions.id, others));
}

export async function deleteSession(db: Database, userId: string, id: string): Promise<void> {
  await db.delete(sessions).where(and(eq(sessions.userId, userId), eq(sessions.id, id)));
}
