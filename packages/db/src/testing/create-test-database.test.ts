import { sql } from 'drizzle-orm';
import { describe, expect, it, vi } from 'vitest';
import { assertMigrated } from '../migrate.ts';
import { createTestDatabase, createUser } from './index.ts';

describe('createTestDatabase', () => {
  it('gives a database with every migration applied and nothing in it', async () => {
    await using test = await createTestDatabase();
    await expect(assertMigrated(test.db)).resolves.toBeUndefined();
    expect(await test.db.query.users.findMany()).toEqual([]);
  });

  it('gives many at once that do not see each other', async () => {
    const tests = await Promise.all(Array.from({ length: 4 }, () => createTestDatabase()));
    try {
      await Promise.all(tests.map(({ db }, n) => createUser(db, { name: `${n}`, email: 'same@example.com' })));
      for (const [n, { db }] of tests.entries()) {
        expect(await db.query.users.findMany()).toMatchObject([{ name: `${n}` }]);
      }
    } finally {
      await Promise.all(tests.map((test) => test.close()));
    }
  });

  it('is gone after close(), whoever is still connected', async () => {
    const test = await createTestDatabase();
    const [{ name }] = (await test.db.execute(sql`select current_database() as name`)) as unknown as [{ name: string }];
    await test.close();
    await using other = await createTestDatabase();
    expect(await other.db.execute(sql`select from pg_database where datname = ${name}`)).toEqual([]);
  });

  it('says how to run tests when there is no server', async () => {
    vi.stubEnv('TEST_DATABASE_URL', '');
    await expect(createTestDatabase()).rejects.toThrow(/pnpm test/);
    vi.unstubAllEnvs();
  });
});
