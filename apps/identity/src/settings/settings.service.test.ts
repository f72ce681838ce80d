import { eq } from '@org/db';
import { userSettings } from '@org/db/schema/identity';
import { createTestDatabase, createUser, type TestDatabase } from '@org/db/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SettingsService } from './settings.service.ts';

let database: TestDatabase;
let service: SettingsService;
beforeAll(async () => {
  database = await createTestDatabase();
  service = new SettingsService(database.as('identity'));
});
afterAll(() => database?.close());

test('eight first saves at once leave one row, with one of them in it', async () => {
  const user = await createUser(database.db);
  const locales = ['de', 'en', 'es', 'fr', 'it', 'ja', 'pt', 'zh'];
  await Promise.all(locales.map((locale) => service.replace(user.id, { locale })));
  const rows = await database.db.select().from(userSettings).where(eq(userSettings.userId, user.id));
  expect(rows).toHaveLength(1);
  expect(rows[0]!.version).toBe(8);
  expect(locales).toContain(rows[0]!.preferences.locale);
});

test('settings are one user’s own', async () => {
  const [ada, bob] = [await createUser(database.db), await createUser(database.db)];
  await service.replace(ada.id, { theme: 'dark' });
  expect(await service.get(bob.id)).toEqual({});
});
