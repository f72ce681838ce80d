import { migrate } from '@org/db-tools/migrator';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createFile, createTestDatabase, createUser, type TestDatabase } from '../../src/testing/index.ts';
import { createGuideProject, type GuideProject, readBlocks } from './guide-project.ts';

let test: TestDatabase;
let project: GuideProject;

beforeAll(async () => {
  test = await createTestDatabase();
  project = createGuideProject();
});

afterAll(async () => {
  await test.close();
  project.remove();
});

it('every step of the guide passes the lint, and runs on a table with rows', async () => {
  const owner = await createUser(test.db);
  for (let n = 0; n < 20; n++) await createFile(test.db, { userId: owner.id });
  const tags = readBlocks('change-a-column-safely.md').map((text, index) => project.add(`guide_${index}`, text));
  expect(tags).toHaveLength(8);

  await project.lint(tags);
  await migrate({ url: test.url, directory: project.migrations });

  const [row] = await test.db.execute(sql`select * from files.files limit 1`);
  expect(row).toMatchObject({ checksum: '', media_type: expect.any(String) });
  expect(row).not.toHaveProperty('mime_type');
});
