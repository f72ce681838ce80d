import { type ConnectedDatabase } from '@org/db';
import { createTestDatabase, createUser, type TestDatabase } from '@org/db/testing';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { FilesService } from '../files/files.service.ts';
import { VersionsService } from './versions.service.ts';

let database: TestDatabase;
let db: ConnectedDatabase;
let files: FilesService;
let versions: VersionsService;
let userId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  db = database.db;
  files = new FilesService(database.as('files'));
  versions = new VersionsService(database.as('files'));
});
afterAll(() => database?.close());
beforeEach(async () => {
  userId = (await createUser(db)).id;
});

test('a file is made with version 1, and each new one becomes what the file is', async () => {
  const file = await createFile();
  await expect(numbers(file.id)).resolves.toEqual([1]);
  const second = await versions.create(seen(file), { size: 20 });
  expect(second).toMatchObject({ number: 2, size: 20, mimeType: 'text/plain', fileVersion: 2 });
  const third = await versions.create({ ...seen(file), version: 2 }, { size: 30, mimeType: 'image/png' });
  expect(third).toMatchObject({ number: 3, fileVersion: 3 });
  await expect(files.get(userId, file.id)).resolves.toMatchObject({ size: 30, mimeType: 'image/png', version: 3 });
  await expect(versions.get(userId, file.id, 1)).resolves.toMatchObject({ size: 1, mimeType: 'text/plain' });
  await expect(versions.get(userId, file.id, 4)).rejects.toMatchObject({ code: 'not_found' });
});

test('of ten new versions from the same one, one is made', async () => {
  const file = await createFile();
  const results = await Promise.allSettled(
    Array.from({ length: 10 }, (_, i) => versions.create(seen(file), { size: i })),
  );
  const refused = results.filter((result) => result.status === 'rejected');
  expect(refused.map((result) => result.reason.code)).toEqual(Array(9).fill('precondition_failed'));
  await expect(numbers(file.id)).resolves.toEqual([2, 1]);
});

test('a change of the name raises the version of the file, not the number of its content', async () => {
  const file = await createFile();
  const renamed = await files.update(seen(file), { name: 'b.txt' });
  await expect(versions.create(seen(renamed), { size: 2 })).resolves.toMatchObject({ number: 2, fileVersion: 3 });
});

test('pages have each version once, newest first', async () => {
  let file = await createFile();
  for (let i = 2; i <= 7; i++) {
    const { fileVersion } = await versions.create(seen(file), { size: i });
    file = { ...file, version: fileVersion };
  }
  for (const limit of [1, 2, 3, 7]) await expect(numbers(file.id, limit)).resolves.toEqual([7, 6, 5, 4, 3, 2, 1]);
  const page = await versions.list(userId, file.id, { limit: 2, count: true });
  expect(page).toMatchObject({ total: 7, totalIsExact: true });
});

test('the versions of a file that is deleted, or of someone else, are not found', async () => {
  const file = await createFile();
  const other = (await createUser(db)).id;
  const notFound = { code: 'not_found' };
  await expect(versions.list(other, file.id, { limit: 1, count: false })).rejects.toMatchObject(notFound);
  await expect(versions.get(other, file.id, 1)).rejects.toMatchObject(notFound);
  await expect(versions.create({ ...seen(file), userId: other }, { size: 1 })).rejects.toMatchObject(notFound);
  await files.delete(seen(file));
  await expect(versions.list(userId, file.id, { limit: 1, count: false })).rejects.toMatchObject(notFound);
  await expect(versions.get(userId, file.id, 1)).rejects.toMatchObject(notFound);
  await expect(versions.create(seen(file), { size: 1 })).rejects.toMatchObject(notFound);
});

function createFile() {
  return files.create(userId, {
    name: 'a.txt',
    mimeType: 'text/plain',
    size: 1,
    folderId: null,
    tags: [],
    metadata: {},
  });
}

async function numbers(fileId: string, limit = 100): Promise<number[]> {
  const found: number[] = [];
  for (let cursor: string | undefined | null; cursor !== null; ) {
    const page = await versions.list(userId, fileId, { limit, cursor, count: false });
    found.push(...page.items.map((item) => item.number));
    cursor = page.nextCursor;
  }
  return found;
}

function seen({ id, version }: { id: string; version: number }) {
  return { userId, id, version };
}
