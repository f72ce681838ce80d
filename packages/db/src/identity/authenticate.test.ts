import { createHash } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { outsideTransaction } from '../client/outer-handle.ts';
import { type Session, sessions, type User, users } from '../schema/identity/index.ts';
import { createSession, createTestDatabase, createUser, type TestDatabase } from '../testing/index.ts';
import { authenticate } from './authenticate.ts';

let test: TestDatabase;
let user: User;
let session: Session;
let tokenHash: Uint8Array;

beforeAll(async () => {
  test = await createTestDatabase();
});

afterAll(() => test.close());

beforeEach(async () => {
  user = await createUser(test.db, { role: 'admin' });
  const made = await createSession(test.db, { userId: user.id });
  session = made.session;
  tokenHash = createHash('sha256').update(made.token).digest();
});

const lastUse = async () => {
  const [row] = await test.db.select().from(sessions).where(eq(sessions.id, session.id));
  return row!.lastUsedAt;
};

const lastUsed = (secondsAgo: number) =>
  test.db
    .update(sessions)
    .set({ lastUsedAt: sql`now() - make_interval(secs => ${secondsAgo})` })
    .where(eq(sessions.id, session.id));

describe('authenticate', () => {
  it('tells whose token it is', async () => {
    expect(await authenticate(test.db, tokenHash)).toEqual({ userId: user.id, role: 'admin', sessionId: session.id });
  });

  it('knows no other token', async () => {
    expect(await authenticate(test.db, Buffer.alloc(32))).toBeUndefined();
  });

  it('refuses a session that has expired', async () => {
    await test.db.update(sessions).set({ expiresAt: new Date() }).where(eq(sessions.id, session.id));
    expect(await authenticate(test.db, tokenHash)).toBeUndefined();
  });

  it('refuses a session that was revoked', async () => {
    await test.db.delete(sessions).where(eq(sessions.id, session.id));
    expect(await authenticate(test.db, tokenHash)).toBeUndefined();
  });

  it('refuses a user that is deleted', async () => {
    await test.db.update(users).set({ deletedAt: new Date() }).where(eq(users.id, user.id));
    expect(await authenticate(test.db, tokenHash)).toBeUndefined();
  });

  it('refuses a user that is disabled', async () => {
    await test.db.update(users).set({ disabledAt: new Date() }).where(eq(users.id, user.id));
    expect(await authenticate(test.db, tokenHash)).toBeUndefined();
  });

  it('refuses a session that was idle for too long, and lets one in that was used in time', async () => {
    await test.db.update(sessions).set({ idleSeconds: 600 }).where(eq(sessions.id, session.id));
    await lastUsed(599);
    expect(await authenticate(test.db, tokenHash)).toMatchObject({ userId: user.id });
    await lastUsed(601);
    expect(await authenticate(test.db, tokenHash)).toBeUndefined();
  });

  it('notes the use of a session, at most once a minute', async () => {
    await lastUsed(59);
    const before = await lastUse();
    await authenticate(test.db, tokenHash);
    expect(await lastUse()).toEqual(before);
    await lastUsed(61);
    await authenticate(test.db, tokenHash);
    expect(Date.now() - (await lastUse()).getTime()).toBeLessThan(30_000);
  });

  it('waits for nobody who holds the session', async () => {
    await lastUsed(61);
    const before = await lastUse();
    await test.db.transaction(async (tx) => {
      await tx.select().from(sessions).where(eq(sessions.id, session.id)).for('update');
      const elsewhere = outsideTransaction(() => authenticate(test.db, tokenHash));
      expect(await elsewhere).toMatchObject({ userId: user.id });
    });
    expect(await lastUse()).toEqual(before);
  });

  it('works where nothing can be written, until the next note is due', async () => {
    const work = test.db.transaction((tx) => authenticate(tx, tokenHash), { accessMode: 'read only' });
    expect(await work).toMatchObject({ userId: user.id });
  });

  it('is for whom it is granted to, who needs no rights on the tables', async () => {
    const role = `caller_${process.pid}`;
    await test.db.execute(sql.raw(`create role ${role}`));
    await test.db.execute(sql.raw(`grant usage on schema identity to ${role}`));
    const asRole = () =>
      test.db.transaction(async (tx) => {
        await tx.execute(sql.raw(`set local role ${role}`));
        return authenticate(tx, tokenHash);
      });
    try {
      await expect(asRole()).rejects.toMatchObject({ cause: { code: '42501' } });
      await test.db.execute(sql.raw(`grant execute on function identity.authenticate(bytea) to ${role}`));
      expect(await asRole()).toMatchObject({ userId: user.id });
    } finally {
      await test.db.execute(sql.raw(`drop owned by ${role}`));
      await test.db.execute(sql.raw(`drop role ${role}`));
    }
  });
});
