import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { authenticate, eq } from '@org/db';
import { sessions } from '@org/db/schema/identity';
import { createSession, createTestDatabase, createUser, TEST_PASSWORD, type TestDatabase } from '@org/db/testing';
import { hashToken } from '@org/service';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { UsersService } from './users.service.ts';

let database: TestDatabase;
let users: UsersService;
beforeAll(async () => {
  Logger.overrideLogger(false);
  database = await createTestDatabase();
  users = new UsersService(database.as('identity'));
});
afterAll(() => database?.close());

const unknown = '0198f1d2-0000-7000-8000-000000000000';

test('of eight that register one address at once, one does', async () => {
  const body = { email: 'race@example.com', password: 'correct horse', name: 'Race' };
  const results = await Promise.allSettled(Array.from({ length: 8 }, () => users.create(body)));
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const result of results) {
    if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'email_taken' });
  }
});

test('the address of a deleted user is free again', async () => {
  const gone = await createUser(database.db, { deletedAt: new Date() });
  const user = await users.create({ email: gone.email, password: 'correct horse', name: 'New' });
  expect(user.id).not.toBe(gone.id);
});

test('an address that somebody else has is not taken over by a change', async () => {
  const [ada, bob] = [await createUser(database.db), await createUser(database.db)];
  await expect(users.update(asking(ada), { email: bob.email, currentPassword: TEST_PASSWORD })).rejects.toMatchObject({
    code: 'email_taken',
  });
  expect((await users.get(ada.id)).email).toBe(ada.email);
});

test('a change touches what it names, and counts the version', async () => {
  const user = await createUser(database.db, { name: 'Before' });
  const changed = await users.update(asking(user), { name: 'After' });
  expect(changed).toMatchObject({ name: 'After', email: user.email, version: user.version + 1 });
  expect(changed.updatedAt.getTime()).toBeGreaterThanOrEqual(user.updatedAt.getTime());
});

test('a user that is deleted, or never was, is not found', async () => {
  const gone = await createUser(database.db, { deletedAt: new Date() });
  for (const id of [gone.id, unknown]) {
    await expect(users.get(id)).rejects.toMatchObject({ code: 'not_found' });
    await expect(users.update(asking({ id }), { name: 'x' })).rejects.toMatchObject({ code: 'not_found' });
  }
});

describe('a password', () => {
  test('that everyone has is refused, when registering and when changing', async () => {
    const refused = { code: 'invalid', details: { errors: [expect.objectContaining({ pointer: '/password' })] } };
    const body = { email: 'common@example.com', password: 'Password1', name: 'Common' };
    await expect(users.create(body)).rejects.toMatchObject(refused);
    const user = await createUser(database.db);
    const change = { password: 'qwertyuiop', currentPassword: TEST_PASSWORD };
    await expect(users.update(asking(user), change)).rejects.toMatchObject(refused);
  });

  test('is changed only with the old one, and every other session ends', async () => {
    const user = await createUser(database.db);
    const [here, there] = [await createSession(database.db, { userId: user.id }), await signedIn(user.id)];
    const elsewhere = await signedIn((await createUser(database.db)).id);
    const by = asking({ id: user.id, sessionId: here.session.id });

    const wrong = { password: 'a new password', currentPassword: 'not this one' };
    await expect(users.update(by, wrong)).rejects.toMatchObject({ code: 'wrong_password' });
    expect(await isSignedIn(there)).toBe(true);

    await users.update(by, { password: 'a new password', currentPassword: TEST_PASSWORD });
    expect(await isSignedIn(here.token)).toBe(true);
    expect(await isSignedIn(there)).toBe(false);
    expect(await isSignedIn(elsewhere)).toBe(true);
    const again = { password: 'a newer password', currentPassword: TEST_PASSWORD };
    await expect(users.update(by, again)).rejects.toMatchObject({ code: 'wrong_password' });
  });

  test('that two change at once is changed by one', async () => {
    const user = await createUser(database.db);
    const change = (password: string) => users.update(asking(user), { password, currentPassword: TEST_PASSWORD });
    const results = await Promise.allSettled([change('first password'), change('second password')]);
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused.map(({ reason }) => reason.code)).toEqual(['wrong_password']);
  });

  test('is needed for a new address', async () => {
    const user = await createUser(database.db);
    const email = `${randomUUID()}@example.com`;
    await expect(users.update(asking(user), { email })).rejects.toMatchObject({ code: 'wrong_password' });
    expect((await users.update(asking(user), { email, currentPassword: TEST_PASSWORD })).email).toBe(email);
  });
});

describe('a user that is disabled', () => {
  test('has no session from that moment on, also when it is enabled again', async () => {
    const admin = { ...asking(await createUser(database.db, { role: 'admin' })), role: 'admin' as const };
    const user = await createUser(database.db);
    const token = await signedIn(user.id);
    await users.disable(admin, user.id);
    expect(await isSignedIn(token)).toBe(false);
    // One that began at the same time.
    const late = await signedIn(user.id);
    expect(await isSignedIn(late)).toBe(false);
    await users.enable(admin, user.id);
    expect(await isSignedIn(token)).toBe(false);
    expect(await isSignedIn(late)).toBe(false);
    expect(await database.db.select().from(sessions).where(eq(sessions.userId, user.id))).toEqual([]);
    expect(await isSignedIn(await signedIn(user.id))).toBe(true);
  });

  test('is one that another administrator disabled', async () => {
    const [member, other, admin] = [
      await createUser(database.db),
      await createUser(database.db),
      await createUser(database.db, { role: 'admin' }),
    ];
    const forbidden = { code: 'forbidden' };
    await expect(users.disable({ ...asking(member), role: 'member' }, other.id)).rejects.toMatchObject(forbidden);
    await expect(users.enable({ ...asking(member), role: 'member' }, other.id)).rejects.toMatchObject(forbidden);
    const asAdmin = { ...asking(admin), role: 'admin' as const };
    await expect(users.disable(asAdmin, admin.id)).rejects.toMatchObject(forbidden);
    await expect(users.disable(asAdmin, unknown)).rejects.toMatchObject({ code: 'not_found' });
  });
});

function asking({ id, sessionId = randomUUID() }: { id: string; sessionId?: string }) {
  return { id, sessionId };
}

async function signedIn(userId: string): Promise<string> {
  return (await createSession(database.db, { userId })).token;
}

async function isSignedIn(token: string): Promise<boolean> {
  return (await authenticate(database.db, hashToken(token))) !== undefined;
}
