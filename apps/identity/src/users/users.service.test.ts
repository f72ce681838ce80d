import { createTestDatabase, createUser, type TestDatabase } from '@org/db/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { UsersService } from './users.service.ts';

let database: TestDatabase;
let users: UsersService;
beforeAll(async () => {
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
  await expect(users.update(ada.id, { email: bob.email })).rejects.toMatchObject({ code: 'email_taken' });
  expect((await users.get(ada.id)).email).toBe(ada.email);
});

test('a change touches what it names, and counts the version', async () => {
  const user = await createUser(database.db, { name: 'Before' });
  const changed = await users.update(user.id, { name: 'After' });
  expect(changed).toMatchObject({ name: 'After', email: user.email, version: user.version + 1 });
  expect(changed.updatedAt.getTime()).toBeGreaterThanOrEqual(user.updatedAt.getTime());
});

test('who is deleted, or never was, is not found', async () => {
  const gone = await createUser(database.db, { deletedAt: new Date() });
  for (const id of [gone.id, unknown]) {
    await expect(users.get(id)).rejects.toMatchObject({ code: 'not_found' });
    await expect(users.update(id, { name: 'x' })).rejects.toMatchObject({ code: 'not_found' });
  }
});
