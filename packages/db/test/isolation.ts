import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, createUser, type TestDatabase } from '../src/testing/index.ts';

/** Run by two files: each writes the same address, of which there can be one, and never takes it away. */
export function seesOnlyItself(name: string): void {
  let test: TestDatabase;

  beforeAll(async () => {
    test = await createTestDatabase();
  });

  afterAll(() => test.close());

  it('a test file sees what it wrote and nothing of another', async () => {
    await createUser(test.db, { email: 'only-one@example.com', name });
    expect(await test.db.query.users.findMany()).toMatchObject([{ name }]);
  });
}
