import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { type NewSession, type NewUser, type Session, sessions, type User, users } from '../schema/identity/index.ts';
import type { Database } from '../transaction.ts';

/** The password of every user that createUser makes, unless it is given another hash. */
export const TEST_PASSWORD = 'test-password';

/** Of TEST_PASSWORD, with the least that Argon2 allows, so that a test that signs in is quick. */
const TEST_PASSWORD_HASH =
  '$argon2id$v=19$m=8,t=1,p=1$n4bQgYhMfWWaL+qgxVrQFQ$+SkZMvf5Pd1hAPuBWY0U24FTcFic2kCroMcFZrFyK58';

const HOUR = 3_600_000;

export async function createUser(db: Database, overrides: Partial<NewUser> = {}): Promise<User> {
  const [user] = await db
    .insert(users)
    .values({
      email: `${randomUUID()}@example.com`,
      passwordHash: TEST_PASSWORD_HASH,
      name: 'Test User',
      ...overrides,
    })
    .returning();
  return user!;
}

/** A session of an hour, and the bearer token for it. */
export async function createSession(
  db: Database,
  values: { userId: string } & Partial<NewSession>,
): Promise<{ session: Session; token: string }> {
  const token = randomBytes(32).toString('base64url');
  const [session] = await db
    .insert(sessions)
    .values({
      tokenHash: createHash('sha256').update(token).digest(),
      expiresAt: new Date(Date.now() + HOUR),
      ...values,
    })
    .returning();
  return { session: session!, token };
}
