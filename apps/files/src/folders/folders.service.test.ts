import { type ConnectedDatabase, sql } from '@org/db';
import type { Folder } from '@org/db/schema/files';
import { createFile, createFolder, createTestDatabase, createUser, explain, type TestDatabase } from '@org/db/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { FilesService } from '../files/files.service.ts';
import { listFolders } from './folders.queries.ts';
import { FoldersService, MAX_DEPTH } from './folders.service.ts';

let database: TestDatabase;
let db: ConnectedDatabase;
let folders: FoldersService;
let files: FilesService;
let userId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  db = database.db;
  folders = new FoldersService(database.as('files'));
  files = new FilesService(database.as('files'));
});
afterAll(() => database?.close());
beforeEach(async () => {
  userId = (await createUser(db)).id;
});

describe('names', () => {
  test('are unique among living siblings, at the top as elsewhere', async () => {
    const a = await make('A');
    await expect(make('A')).rejects.toMatchObject({ code: 'name_taken' });
    await make('a');
    const b = await make('B', a);
    await expect(make('B', a)).rejects.toMatchObject({ code: 'name_taken' });
    await expect(folders.update(seen(b), { parentId: null, name: 'A' })).rejects.toMatchObject({ code: 'name_taken' });
    await folders.delete(seen(b));
    await make('B', a);
    await expect(folders.restore(userId, b.id)).rejects.toMatchObject({ code: 'name_taken' });
  });

  test('are taken once by ten who want it at the same time', async () => {
    const parent = await make('P');
    const results = await Promise.allSettled(Array.from({ length: 10 }, () => make('same', parent)));
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
    expect(codesOf(results)).toEqual(Array(9).fill('name_taken'));
  });
});

describe('depth', () => {
  test(`goes to ${MAX_DEPTH} levels, by creation, move and restore`, async () => {
    const path = await makePath(MAX_DEPTH);
    const deepest = path.at(-1)!;
    const tooDeep = { code: 'folder_too_deep' };
    await expect(make('one more', deepest)).rejects.toMatchObject(tooDeep);

    const pair = await make('pair');
    await make('in pair', pair);
    await expect(move(pair, path.at(-2)!)).rejects.toMatchObject(tooDeep);
    const moved = await move(pair, path.at(-3)!);

    await folders.delete(seen(moved));
    await folders.delete(seen(deepest));
    const lower = await make('lower');
    await move(path[0]!, lower);
    await expect(folders.restore(userId, pair.id)).rejects.toMatchObject(tooDeep);
  });
});

describe('a move', () => {
  test('into itself or below is refused, however deep', async () => {
    const path = await makePath(5);
    for (const target of path) {
      await expect(move(path[0]!, target)).rejects.toMatchObject({ code: 'folder_cycle' });
    }
    await expect(move(path[3]!, path[0]!)).resolves.toMatchObject({ parentId: path[0]!.id, version: 2 });
  });

  test('needs a living parent of the user, and a folder that is as it was seen', async () => {
    const [a, b, deleted] = [await make('A'), await make('B'), await make('C')];
    await folders.delete(seen(deleted));
    const others = await createFolder(db, { userId: (await createUser(db)).id });
    for (const parent of [deleted, others, { id: crypto.randomUUID() }]) {
      await expect(move(a, parent)).rejects.toMatchObject({ code: 'folder_not_found' });
    }
    await expect(move({ ...a, version: 2 }, b)).rejects.toMatchObject({ code: 'precondition_failed' });
    await expect(move(deleted, b)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('of each of two folders into the other at once leaves one of them where it was', async () => {
    for (let round = 0; round < 15; round++) {
      const [a, b] = [await make(`A${round}`), await make(`B${round}`)];
      const results = await Promise.allSettled([move(a, b), move(b, a)]);
      expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected']);
      expect(codesOf(results)).toEqual(['folder_cycle']);
    }
  });

  test('of five folders around a ring at once leaves no cycle', async () => {
    for (let round = 0; round < 5; round++) {
      const ring = await Promise.all(['A', 'B', 'C', 'D', 'E'].map((name) => make(`${name}${round}`)));
      const results = await Promise.allSettled(ring.map((folder, i) => move(folder, ring[(i + 1) % ring.length]!)));
      expect(codesOf(results)).toEqual(['folder_cycle']);
    }
  });

  test('out of a folder while that is deleted ends outside and alive, or inside and deleted', async () => {
    for (let round = 0; round < 15; round++) {
      const parent = await make(`P${round}`);
      const child = await make('child', parent);
      const grandchild = await make('grandchild', child);
      const [, moved] = await Promise.allSettled([
        folders.delete(seen(parent)),
        folders.update(seen(child), { parentId: null, name: `out${round}` }),
      ]);
      const alive = moved.status === 'fulfilled';
      await expect(isAlive('folders', child.id)).resolves.toBe(alive);
      await expect(isAlive('folders', grandchild.id)).resolves.toBe(alive);
      if (!alive) expect(moved.reason).toMatchObject({ code: 'not_found' });
    }
  });
});

describe('a deletion', () => {
  test('takes all that lives below and nothing else, and restore brings back exactly that', async () => {
    const top = await make('top');
    const kept = await make('kept');
    const [a, b] = [await make('a', top), await make('b', top)];
    const below = await make('below', a);
    const inTop = await createFile(db, { userId, folderId: top.id });
    const inBelow = await createFile(db, { userId, folderId: below.id });
    const inKept = await createFile(db, { userId, folderId: kept.id });
    const deletedFile = await createFile(db, { userId, folderId: top.id });
    await files.delete(seen(deletedFile));
    await folders.delete(seen(b));

    await folders.delete(seen(top));
    const gone = [top, a, b, below].map(({ id }) => isAlive('folders', id));
    const goneFiles = [inTop, inBelow, deletedFile].map(({ id }) => isAlive('files', id));
    expect(new Set(await Promise.all([...gone, ...goneFiles]))).toEqual(new Set([false]));
    await expect(isAlive('folders', kept.id)).resolves.toBe(true);
    await expect(isAlive('files', inKept.id)).resolves.toBe(true);
    await expect(folders.restore(userId, below.id)).rejects.toMatchObject({ code: 'folder_deleted' });

    await expect(folders.restore(userId, top.id)).resolves.toMatchObject({ id: top.id, deletedAt: null });
    for (const { id } of [top, a, below]) await expect(isAlive('folders', id)).resolves.toBe(true);
    for (const { id } of [inTop, inBelow]) await expect(isAlive('files', id)).resolves.toBe(true);
    await expect(isAlive('folders', b.id)).resolves.toBe(false);
    await expect(isAlive('files', deletedFile.id)).resolves.toBe(false);
    await folders.restore(userId, b.id);
    await expect(isAlive('folders', b.id)).resolves.toBe(true);
  });

  test('in the same millisecond as that of something inside is still told apart from it', async () => {
    const top = await make('top');
    const inside = await make('inside', top);
    const file = await createFile(db, { userId, folderId: top.id });
    // Later than any clock, so that every deletion that does not look would use the same time or an earlier one.
    await db.execute(sql`update files.folders set deleted_at = '2100-01-01' where id = ${inside.id}`);
    await db.execute(sql`update files.files set deleted_at = '2100-01-01 00:00:01' where id = ${file.id}`);
    await folders.delete(seen(top));
    const [row] = await db.execute(sql`select deleted_at from files.folders where id = ${top.id}`);
    expect(row).toEqual({ deleted_at: new Date('2100-01-01T00:00:01.001Z') });
  });

  test('needs a folder that is as it was seen, and finds it once', async () => {
    const folder = await make('A');
    await expect(folders.delete({ ...seen(folder), version: 2 })).rejects.toMatchObject({
      code: 'precondition_failed',
    });
    const results = await Promise.allSettled([folders.delete(seen(folder)), folders.delete(seen(folder))]);
    expect(codesOf(results)).toEqual(['not_found']);
  });

  test('and the arrival of files at the same time leave no living file in a deleted folder', async () => {
    for (let round = 0; round < 10; round++) {
      const top = await make(`top${round}`);
      const inside = await make('inside', top);
      const file = await createFile(db, { userId });
      const deleted = await createFile(db, { userId, folderId: inside.id });
      await files.delete(seen(deleted));
      const body = { name: 'f', mimeType: 'a/b', size: 1, folderId: inside.id, tags: [], metadata: {} };
      const results = await Promise.allSettled([
        files.create(userId, body),
        folders.delete(seen(top)),
        files.update(seen(file), { folderId: inside.id }),
        files.restore(userId, deleted.id),
        make('new', inside),
      ]);
      expect(results[1].status).toBe('fulfilled');
      await expect(countAliveUnderDeleted()).resolves.toBe(0);
    }
  });
});

describe('restore', () => {
  test('of a folder that lives changes nothing, and of one that never was is not found', async () => {
    const folder = await make('A');
    await expect(folders.restore(userId, folder.id)).resolves.toEqual(folder);
    await expect(folders.restore(userId, crypto.randomUUID())).rejects.toMatchObject({ code: 'not_found' });
  });

  test('asked twice at once restores once', async () => {
    const folder = await make('A');
    await folders.delete(seen(folder));
    const restored = await Promise.all([folders.restore(userId, folder.id), folders.restore(userId, folder.id)]);
    expect(restored.map((row) => row.version)).toEqual([2, 2]);
  });
});

test('a page of folders is read from its index in order, without sorting', async () => {
  const parent = await make('P');
  await db.execute(sql`
    insert into files.folders (user_id, parent_id, name, created_at)
    select ${userId}::uuid, ${parent.id}::uuid, 'f' || i, now() - i * interval '1 second' from generate_series(1, 3000) i`);
  await db.execute(sql`analyze files.folders`);
  const position = { createdAt: new Date(), id: parent.id };
  const plan = await explain(db, (handle) => listFolders(handle, userId, parent.id, 21, position));
  expect(plan).toContain('Index Scan Backward using idx_folders_user_id_parent_id_created_at_id_live');
  expect(plan).not.toContain('Sort');
});

function make(name: string, parent?: { id: string }): Promise<Folder> {
  return folders.create(userId, { name, parentId: parent?.id ?? null });
}

async function makePath(length: number): Promise<Folder[]> {
  const path: Folder[] = [];
  for (let level = 1; level <= length; level++) path.push(await make(`level ${level}`, path.at(-1)));
  return path;
}

function move(folder: { id: string; version: number }, parent: { id: string }): Promise<Folder> {
  return folders.update(seen(folder), { parentId: parent.id });
}

function seen({ id, version }: { id: string; version: number }) {
  return { userId, id, version };
}

async function isAlive(table: 'folders' | 'files', id: string): Promise<boolean> {
  const from = sql.raw(`files.${table}`);
  const [row] = await db.execute<{ alive: boolean }>(
    sql`select deleted_at is null as alive from ${from} where id = ${id}`,
  );
  return row?.alive === true;
}

async function countAliveUnderDeleted(): Promise<number> {
  const [row] = await db.execute<{ count: number }>(sql`
    select count(*)::int as count from (
      select c.id from files.folders c join files.folders p on p.id = c.parent_id
      where c.deleted_at is null and p.deleted_at is not null
      union all
      select f.id from files.files f join files.folders p on p.id = f.folder_id
      where f.deleted_at is null and p.deleted_at is not null
    ) orphans`);
  return row!.count;
}

function codesOf(results: PromiseSettledResult<unknown>[]): string[] {
  return results.flatMap((result) =>
    result.status === 'rejected' ? [result.reason.code ?? String(result.reason)] : [],
  );
}
