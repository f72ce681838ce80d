import { type ConnectedDatabase, outsideTransaction, sql } from '@org/db';
import {
  createFile,
  createFolder,
  createTag,
  createTestDatabase,
  createUser,
  explain,
  type TestDatabase,
  tagFile,
} from '@org/db/testing';
import { type ListQuery } from '@org/service';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { FoldersService } from '../folders/folders.service.ts';
import type { FileResponse, ListFilesQuery } from './files.dto.ts';
import { listFiles } from './files.queries.ts';
import { FilesService } from './files.service.ts';

let database: TestDatabase;
let db: ConnectedDatabase;
let files: FilesService;
let userId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  db = database.db;
  files = new FilesService(database.as('files'));
});
afterAll(() => database?.close());
beforeEach(async () => {
  userId = (await createUser(db)).id;
});

const BODY = { name: 'a.txt', mimeType: 'text/plain', size: 1, folderId: null, tags: [], metadata: {} };

describe('tags', () => {
  test('are shared by the files of a user, not by users', async () => {
    const other = (await createUser(db)).id;
    await files.create(userId, { ...BODY, tags: ['b', 'a'] });
    await files.create(userId, { ...BODY, tags: ['a', 'c'] });
    await files.create(other, { ...BODY, tags: ['a'] });
    const rows = await db.execute(sql`select name from files.tags where user_id = ${userId} order by name`);
    expect(rows.map((row) => row.name)).toEqual(['a', 'b', 'c']);
    await expect(list({ tag: 'a' })).resolves.toHaveLength(2);
    await expect(list({ tag: 'c' })).resolves.toMatchObject([{ tags: ['a', 'c'] }]);
    await expect(list({ tag: 'd' })).resolves.toEqual([]);
  });

  test('are replaced as a whole, and stay when a change does not name them', async () => {
    const file = await files.create(userId, { ...BODY, tags: ['a', 'b'] });
    const changed = await files.update(seen(file), { tags: ['b', 'c'] });
    expect(changed).toMatchObject({ tags: ['b', 'c'], version: 2 });
    const renamed = await files.update(seen(changed), { name: 'b.txt' });
    expect(renamed).toMatchObject({ tags: ['b', 'c'], name: 'b.txt', version: 3 });
    await expect(files.update(seen(renamed), { tags: [] })).resolves.toMatchObject({ tags: [] });
  });

  test('that twenty files bring at once are made once each, without a deadlock', async () => {
    const names = Array.from({ length: 10 }, (_, i) => `t${i}`);
    const made = await Promise.all(
      Array.from({ length: 20 }, (_, i) => files.create(userId, { ...BODY, tags: i % 2 ? names : names.toReversed() })),
    );
    expect(made.map((file) => file.tags)).toEqual(made.map(() => names));
    const [row] = await db.execute(sql`select count(*)::int as count from files.tags where user_id = ${userId}`);
    expect(row).toEqual({ count: 10 });
  });
});

describe('a change', () => {
  test('that the server undoes to break a deadlock is made at the second attempt', async () => {
    const { id: folderId } = await createFolder(db, { userId });
    const file = await files.create(userId, BODY);
    let change: Promise<unknown> | undefined;
    await db.transaction(async (other) => {
      // It waits in peace, so that the server picks the service.
      await other.execute(sql`set local deadlock_timeout = '5min'`);
      await other.execute(sql`insert into files.tags (user_id, name) values (${userId}, 'a')`);
      const changeTwo = () =>
        db.transaction(async (gate) => {
          const blocked = async () =>
            gate.execute(sql`select from pg_stat_activity
              where datname = current_database() and wait_event_type = 'Lock'`);
          await gate.execute(sql`select from files.files where id = ${file.id} for update`);
          change = files.update(seen(file), { folderId, tags: ['a'] });
          await expect.poll(blocked, { timeout: 10_000 }).toHaveLength(1);
          const lock = other.execute(sql`select from files.folders where id = ${folderId} for update`).then(() => {});
          await expect.poll(blocked, { timeout: 10_000 }).toHaveLength(2);
          return { lock };
        });
      // The change has the folder and gets the file; then it waits for the tag, and the tag's transaction for the
      // folder.
      const { lock } = await outsideTransaction(changeTwo);
      await lock;
    });
    await expect(change).resolves.toMatchObject({ version: 2, folderId, tags: ['a'] });
  });

  test('of the same version by ten at once is made by one', async () => {
    const file = await files.create(userId, BODY);
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, (_, i) => files.update(seen(file), { name: `${i}`, tags: [`t${i}`] })),
    );
    expect(codesOf(results)).toEqual(Array(9).fill('precondition_failed'));
    const winner = results.findIndex((result) => result.status === 'fulfilled');
    await expect(files.get(userId, file.id)).resolves.toMatchObject({
      name: `${winner}`,
      tags: [`t${winner}`],
      version: 2,
    });
  });

  test('that is refused changes nothing', async () => {
    const file = await files.create(userId, { ...BODY, tags: ['a'] });
    const changes = { name: 'b', tags: ['b'], folderId: crypto.randomUUID() };
    await expect(files.update(seen(file), changes)).rejects.toMatchObject({ code: 'folder_not_found' });
    await expect(files.get(userId, file.id)).resolves.toEqual(file);
  });

  test('moves a file into a folder and out of it', async () => {
    const folder = await createFolder(db, { userId });
    const file = await files.create(userId, BODY);
    const inside = await files.update(seen(file), { folderId: folder.id });
    await expect(list({ folderId: folder.id })).resolves.toMatchObject([{ id: file.id }]);
    await files.update(seen(inside), { folderId: null });
    await expect(list({ folderId: folder.id })).resolves.toEqual([]);
    await expect(list({ folderId: 'none' })).resolves.toMatchObject([{ id: file.id, folderId: null }]);
  });
});

describe('deletion', () => {
  test('hides a file from everything but restore and deletion for good', async () => {
    const file = await files.create(userId, { ...BODY, tags: ['a'] });
    await files.delete(seen(file));
    await expect(files.get(userId, file.id)).rejects.toMatchObject({ code: 'not_found' });
    await expect(files.update(seen(file), { name: 'b' })).rejects.toMatchObject({ code: 'not_found' });
    await expect(files.delete(seen(file))).rejects.toMatchObject({ code: 'not_found' });
    await expect(list({})).resolves.toEqual([]);
    await expect(list({ tag: 'a' })).resolves.toEqual([]);
    const restored = await files.restore(userId, file.id);
    expect(restored).toMatchObject({ tags: ['a'], version: 2 });
    await expect(files.restore(userId, file.id)).resolves.toEqual(restored);
  });

  test('for good takes versions and tags along, of a living file and of a deleted one', async () => {
    const living = await files.create(userId, { ...BODY, tags: ['a'] });
    const deleted = await files.create(userId, { ...BODY, tags: ['a'] });
    await files.delete(seen(deleted));
    for (const file of [living, deleted]) {
      const another = { ...seen(file), version: 9 };
      await expect(files.deleteForGood(another)).rejects.toMatchObject({ code: 'precondition_failed' });
      await files.deleteForGood(seen(file));
      await expect(files.deleteForGood(seen(file))).rejects.toMatchObject({ code: 'not_found' });
      await expect(files.restore(userId, file.id)).rejects.toMatchObject({ code: 'not_found' });
    }
    const [left] = await db.execute(sql`
      select (select count(*) from files.file_versions where user_id = ${userId})::int as versions,
             (select count(*) from files.file_tags where user_id = ${userId})::int as tags`);
    expect(left).toEqual({ versions: 0, tags: 0 });
  });

  test('of the folder keeps a file from being restored by itself', async () => {
    const folders = new FoldersService(database.as('files'));
    const folder = await folders.create(userId, { name: 'A', parentId: null });
    const file = await files.create(userId, { ...BODY, folderId: folder.id });
    await folders.delete({ userId, id: folder.id, version: 1 });
    await expect(files.restore(userId, file.id)).rejects.toMatchObject({ code: 'folder_deleted' });
    await expect(list({ folderId: folder.id })).rejects.toMatchObject({ code: 'folder_not_found' });
  });
});

describe('the list', () => {
  test('in pages of any size has each file that a filter names once, newest first', async () => {
    const folder = await createFolder(db, { userId });
    const tag = await createTag(db, { userId, name: 'x' });
    // Few moments for many files, so that pages end between files of the same moment.
    for (let i = 0; i < 40; i++) {
      const createdAt = new Date(Date.UTC(2026, 0, 1, 0, 0, 0, i % 7));
      const file = await createFile(db, { userId, createdAt, folderId: i % 3 ? folder.id : null });
      if (i % 2) await tagFile(db, file, tag);
      if (i % 10 === 0) await files.delete(seen(file));
    }
    await createFile(db, { userId: (await createUser(db)).id });
    const all = await list({});
    expect(all).toHaveLength(36);
    const order = all.map((file) => `${file.createdAt} ${file.id}`);
    expect(order).toEqual(order.toSorted().toReversed());

    const filters = fc.record({
      folderId: fc.constantFrom(undefined, folder.id, 'none'),
      tag: fc.constantFrom(undefined, 'x'),
      limit: fc.integer({ min: 1, max: 40 }),
    });
    const property = fc.asyncProperty(filters, async ({ folderId, tag, limit }) => {
      const named = all
        .filter((file) => folderId === undefined || file.folderId === (folderId === 'none' ? null : folderId))
        .filter((file) => tag === undefined || file.tags.includes(tag));
      await expect(list({ folderId, tag }, limit)).resolves.toEqual(named);
      const page = await files.list(userId, { folderId, tag, limit, count: true });
      expect(page).toMatchObject({ total: named.length, totalIsExact: true });
    });
    await fc.assert(property, { numRuns: 40 });
  });

  test('counts up to 10,000', async () => {
    await insertMany(10_001);
    await expect(files.list(userId, { limit: 1, count: true })).resolves.toMatchObject({
      total: 10_000,
      totalIsExact: false,
    });
  });

  test('is read from an index in order, from where the page before ended', async () => {
    const folder = await createFolder(db, { userId });
    await insertMany(1_000);
    await insertMany(4_000, folder.id);
    const half = { createdAt: new Date(Date.now() - 500_000), id: crypto.randomUUID() };
    const filters = [
      [{}, /idx_files_user_id_created_at_id_live/],
      [{ folderId: folder.id }, /idx_files_user_id_folder_id_created_at_id_live/],
      // Which one is shorter depends on how many files are in folders.
      [{ folderId: null }, /idx_files_user_id(_folder_id)?_created_at_id_live/],
    ] as const;
    for (const [filter, index] of filters) {
      const plan = await explain(db, (handle) => listFiles(handle, userId, filter, 21, half));
      expect(plan).toMatch(new RegExp(`^ *->  Index Scan Backward using ${index.source} on files`, 'm'));
      expect(plan).toMatch(/Index Cond: .*ROW\(created_at, id\) </);
      expect(plan).not.toContain('Sort Key: files.created_at');
    }
  });
});

/** All pages, one after the other. */
async function list(filter: Partial<ListFilesQuery>, limit = 100): Promise<FileResponse[]> {
  const items: FileResponse[] = [];
  const query: ListQuery & ListFilesQuery = { ...filter, limit, count: false };
  for (let cursor: string | undefined | null; cursor !== null; ) {
    const page = await files.list(userId, { ...query, cursor });
    expect(page.items.length).toBeLessThanOrEqual(limit);
    items.push(...page.items);
    cursor = page.nextCursor;
  }
  return items;
}

/** Files a second apart, the newest now. */
async function insertMany(count: number, folderId: string | null = null): Promise<void> {
  await db.execute(sql`
    insert into files.files (user_id, folder_id, name, mime_type, size, created_at)
    select ${userId}::uuid, ${folderId}::uuid, 'f' || i, 'a/b', 1, now() - i * interval '1 second'
    from generate_series(1, ${count}::int) i`);
  await db.execute(sql`analyze files.files`);
}

function seen({ id, version }: { id: string; version: number }) {
  return { userId, id, version };
}

function codesOf(results: PromiseSettledResult<unknown>[]): string[] {
  return results.flatMap((result) =>
    result.status === 'rejected' ? [result.reason.code ?? String(result.reason)] : [],
  );
}
