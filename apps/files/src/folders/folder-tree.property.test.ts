import { type ConnectedDatabase, sql } from '@org/db';
import { createTestDatabase, createUser, type TestDatabase } from '@org/db/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FilesService } from '../files/files.service.ts';
import { FoldersService } from './folders.service.ts';

let database: TestDatabase;
let db: ConnectedDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  db = database.db;
});
afterAll(() => database?.close());

// Numbers choose among what there is, modulo how many; `parent` 0 is the top.
const number = fc.nat(30);
const make = fc.oneof(
  fc.record({ do: fc.constant('createFolder'), parent: number, name: fc.constantFrom(...'abcde') }),
  fc.record({ do: fc.constant('createFile'), parent: number, name: fc.constant('f') }),
);
const change = fc.oneof(
  make,
  fc.record({ do: fc.constant('move'), item: number, parent: number }),
  { weight: 3, arbitrary: fc.record({ do: fc.constant('delete'), item: number }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('restore'), item: number }) },
);
/** Few things and much that happens to them. */
const story = fc
  .tuple(fc.array(make, { minLength: 4, maxLength: 8 }), fc.array(change, { minLength: 20, maxLength: 40 }))
  .map((parts) => parts.flat() as Act[]);

test('whatever is made, moved, deleted and restored, the tree is as a list in memory says', async () => {
  const property = fc.asyncProperty(story, async (acts) => {
    const userId = (await createUser(db)).id;
    const own = database.as('files');
    const services = { folder: new FoldersService(own), file: new FilesService(own) };
    const tree = new Tree();
    for (const step of acts) {
      const outcome = await attempt(step, userId, services, tree);
      const expected = tree.apply(step, outcome.id);
      expect(outcome.code, JSON.stringify(step)).toBe(expected);
    }
    await expect(readTree(userId)).resolves.toEqual(tree.rows());
  });
  // The limit is for shrinking a failure, which otherwise outlasts the test.
  await fc.assert(property, { numRuns: 50, interruptAfterTimeLimit: 10_000 });
});

interface Act {
  do: 'createFolder' | 'createFile' | 'move' | 'delete' | 'restore';
  item?: number;
  parent?: number;
  name?: string;
}

interface Item {
  kind: 'folder' | 'file';
  id: string;
  parent: Item | undefined;
  name: string;
  /** Which deletion it went with. */
  deletedBy?: number;
}

/** The rules once more, in the simplest way. */
class Tree {
  items: Item[] = [];
  private deletions = 0;

  item(choice = 0): Item | undefined {
    return this.items[choice % (this.items.length || 1)];
  }

  folder(choice = 0): Item | undefined {
    const folders = this.items.filter((item) => item.kind === 'folder');
    return [undefined, ...folders][choice % (folders.length + 1)];
  }

  /** What has to come of it: the code of the error, or undefined when it is done. */
  apply(step: Act, id: string | undefined): string | undefined {
    const parent = this.folder(step.parent);
    if (step.do === 'createFolder' || step.do === 'createFile') {
      const kind = step.do === 'createFolder' ? 'folder' : 'file';
      const item: Item = { kind, id: id ?? '', parent, name: step.name! };
      if (parent && isDeleted(parent)) return 'folder_not_found';
      if (this.isTaken(item, parent)) return 'name_taken';
      this.items.push(item);
      return undefined;
    }
    const item = this.item(step.item);
    if (!item) return undefined;
    if (step.do === 'move') {
      if (isDeleted(item))
        return item.kind === 'file' && parent && isDeleted(parent) ? 'folder_not_found' : 'not_found';
      if (parent && isDeleted(parent)) return 'folder_not_found';
      if (parent && isInside(parent, item)) return 'folder_cycle';
      if (this.isTaken(item, parent)) return 'name_taken';
      item.parent = parent;
    } else if (step.do === 'delete') {
      if (isDeleted(item)) return 'not_found';
      const deletion = ++this.deletions;
      for (const each of this.items) if (isInside(each, item) && !isDeleted(each)) each.deletedBy = deletion;
    } else if (isDeleted(item)) {
      if (item.parent && isDeleted(item.parent)) return 'folder_deleted';
      if (this.isTaken(item, item.parent)) return 'name_taken';
      const deletion = item.deletedBy;
      for (const each of this.items) {
        if (isInside(each, item) && each.deletedBy === deletion) each.deletedBy = undefined;
      }
    }
    return undefined;
  }

  rows() {
    return this.items
      .map((item) => ({ id: item.id, parent: item.parent?.id ?? null, name: item.name, alive: !isDeleted(item) }))
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  private isTaken(item: Item, parent: Item | undefined): boolean {
    const { kind, name } = item;
    if (kind === 'file') return false;
    return this.items.some(
      (other) =>
        other !== item && other.kind === kind && other.parent === parent && other.name === name && !isDeleted(other),
    );
  }
}

function isDeleted(item: Item): boolean {
  return item.deletedBy !== undefined;
}

function isInside(item: Item | undefined, outer: Item): boolean {
  for (let each = item; each; each = each.parent) if (each === outer) return true;
  return false;
}

/** Does it in the service: the id of what was made, or the code of the error. */
async function attempt(
  step: Act,
  userId: string,
  services: { folder: FoldersService; file: FilesService },
  tree: Tree,
): Promise<{ id?: string; code?: string }> {
  const parentId = tree.folder(step.parent)?.id ?? null;
  const item = tree.item(step.item);
  try {
    if (step.do === 'createFolder')
      return { id: (await services.folder.create(userId, { name: step.name!, parentId })).id };
    if (step.do === 'createFile') {
      const body = { name: step.name!, mimeType: 'a/b', size: 1, folderId: parentId, tags: [], metadata: {} };
      return { id: (await services.file.create(userId, body)).id };
    }
    if (!item) return {};
    const seen = { userId, id: item.id, version: await versionOf(item) };
    if (step.do === 'restore') await services[item.kind].restore(userId, item.id);
    else if (step.do === 'delete') await services[item.kind].delete(seen);
    else if (item.kind === 'folder') await services.folder.update(seen, { parentId });
    else await services.file.update(seen, { folderId: parentId });
    return {};
  } catch (error) {
    return { code: (error as { code?: string }).code ?? String(error) };
  }
}

async function versionOf({ kind, id }: Item): Promise<number> {
  const table = sql.raw(`files.${kind}s`);
  const [row] = await db.execute<{ version: number }>(sql`select version from ${table} where id = ${id}`);
  return row!.version;
}

async function readTree(userId: string) {
  const rows = await db.execute(sql`
    select id, parent_id as parent, name, deleted_at is null as alive from files.folders where user_id = ${userId}
    union all
    select id, folder_id, name, deleted_at is null from files.files where user_id = ${userId}`);
  return [...rows].sort((a, b) => (String(a.id) < String(b.id) ? -1 : 1));
}
