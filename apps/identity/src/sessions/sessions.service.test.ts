import { Logger } from '@nestjs/common';
import { eq } from '@org/db';
import { sessions as sessionsTable } from '@org/db/schema/identity';
import { createSession, createTestDatabase, createUser, TEST_PASSWORD, type TestDatabase } from '@org/db/testing';
import { hashToken } from '@org/service';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '../config.ts';
import { UsersService } from '../users/users.service.ts';
import { SessionsService } from './sessions.service.ts';

let database: TestDatabase;
let sessions: SessionsService;
const ada = { email: 'ada@example.com', password: 'correct horse', name: 'Ada' };
beforeAll(async () => {
  Logger.overrideLogger(false);
  database = await createTestDatabase();
  sessions = new SessionsService(
    database.as('identity'),
    readConfig({ DATABASE_URL: database.url, SESSION_DAYS: '2' }),
  );
  await sessions.onModuleInit();
  await new UsersService(database.as('identity')).create(ada);
});
afterAll(() => database?.close());

test('a session is kept as the hash of its token, and lasts for SESSION_DAYS', async () => {
  const { token, expiresAt } = await sessions.create(ada, 'a browser');
  const rows = await database.db.select().from(sessionsTable);
  const row = rows.find(({ tokenHash }) => hashToken(token).equals(tokenHash));
  expect(row?.userAgent).toBe('a browser');
  expect(Math.abs(Date.parse(expiresAt) - Date.now() - 2 * 86_400_000)).toBeLessThan(60_000);
  expect(JSON.stringify(rows)).not.toContain(token);
});

test('a wrong address and a wrong password get the same answer after about the same time', async () => {
  const measure = async (attempt: { email: string; password: string }) => {
    const started = performance.now();
    const error = await sessions.create(attempt).catch((thrown) => thrown);
    return { ms: performance.now() - started, code: error.code, message: error.message };
  };
  const wrongPassword = { email: ada.email, password: 'wrong horse' };
  const wrongEmail = { email: 'nobody@example.com', password: ada.password };
  const times: Record<'password' | 'email', number[]> = { password: [], email: [] };
  for (let i = 0; i < 5; i++) {
    const [a, b] = [await measure(wrongPassword), await measure(wrongEmail)];
    expect(a.code).toBe('invalid_credentials');
    expect([b.code, b.message]).toEqual([a.code, a.message]);
    times.password.push(a.ms);
    times.email.push(b.ms);
  }
  // Without the decoy hash it is some thirty times quicker; the rest is noise of a busy machine.
  expect(Math.min(...times.email)).toBeGreaterThan(Math.min(...times.password) / 3);
});

test('a deleted user does not sign in', async () => {
  const gone = await createUser(database.db, { deletedAt: new Date() });
  await expect(sessions.create({ email: gone.email, password: 'test-password' })).rejects.toMatchObject({
    code: 'invalid_credentials',
  });
});

test('a disabled user does not sign in', async () => {
  const user = await createUser(database.db, { disabledAt: new Date() });
  await expect(sessions.create({ email: user.email, password: TEST_PASSWORD })).rejects.toMatchObject({
    code: 'invalid_credentials',
  });
});

test('every sign-in is a new token of 256 bits, lasts for SESSION_IDLE_MINUTES without use, and takes away what is over', async () => {
  const user = await createUser(database.db);
  const { session: old } = await createSession(database.db, { userId: user.id, expiresAt: new Date() });
  const idleSince = new Date(Date.now() - 61_000);
  const { session: idle } = await createSession(database.db, {
    userId: user.id,
    lastUsedAt: idleSince,
    idleSeconds: 60,
  });
  const credentials = { email: user.email, password: TEST_PASSWORD };
  const tokens = [(await sessions.create(credentials)).token, (await sessions.create(credentials)).token];
  expect(new Set(tokens).size).toBe(2);
  for (const token of tokens) expect(Buffer.from(token, 'base64url')).toHaveLength(32);
  const rows = await database.db.select().from(sessionsTable).where(eq(sessionsTable.userId, user.id));
  expect(rows.map(({ idleSeconds }) => idleSeconds)).toEqual([7 * 24 * 3600, 7 * 24 * 3600]);
  expect(rows.map(({ id }) => id)).not.toContain(old.id);
  expect(rows.map(({ id }) => id)).not.toContain(idle.id);
});

test('a user has 50 sessions at most, also when signing in several times at once: the oldest end', async () => {
  const user = await createUser(database.db);
  const now = Date.now();
  const made = await Promise.all(
    Array.from({ length: 49 }, (_, i) =>
      createSession(database.db, { userId: user.id, createdAt: new Date(now - 60_000 + i) }),
    ),
  );
  // Newer than all of them, and over: it takes nobody's place.
  const { session: over } = await createSession(database.db, { userId: user.id, expiresAt: new Date() });
  const { session: ofOther } = await createSession(database.db, {
    userId: (await createUser(database.db)).id,
    createdAt: new Date(0),
  });
  const signIns = await Promise.all(
    Array.from({ length: 6 }, () => sessions.create({ email: user.email, password: TEST_PASSWORD })),
  );
  const rows = await database.db.select().from(sessionsTable);
  const left = new Set(rows.filter(({ userId }) => userId === user.id).map(({ id }) => id));
  expect(left.size).toBe(50);
  expect(left).not.toContain(over.id);
  expect(made.map(({ session }) => left.has(session.id))).toEqual(made.map((_, i) => i >= 5));
  const hashes = new Set(rows.map(({ tokenHash }) => Buffer.from(tokenHash).toString('hex')));
  for (const { token } of signIns) expect(hashes).toContain(hashToken(token).toString('hex'));
  expect(rows.map(({ id }) => id)).toContain(ofOther.id);
});

test('ending one session leaves the others, ending everywhere leaves none, and neither touches another user', async () => {
  const user = await createUser(database.db);
  const other = await createUser(database.db);
  const credentials = { email: user.email, password: 'test-password' };
  const tokens = [(await sessions.create(credentials)).token, (await sessions.create(credentials)).token];
  await sessions.create({ email: other.email, password: 'test-password' });
  const ofUser = (userId: string) => database.db.select().from(sessionsTable).where(eq(sessionsTable.userId, userId));
  const [first] = (await ofUser(user.id)).filter(({ tokenHash }) => hashToken(tokens[0]!).equals(tokenHash));

  await sessions.end(other.id, first!.id);
  expect(await ofUser(user.id)).toHaveLength(2);
  await sessions.end(user.id, first!.id);
  expect(await ofUser(user.id)).toHaveLength(1);
  await sessions.endEverywhere(user.id);
  expect(await ofUser(user.id)).toHaveLength(0);
  expect(await ofUser(other.id)).toHaveLength(1);
});
