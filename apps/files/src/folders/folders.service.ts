import { Injectable } from '@nestjs/common';
import { type Database, isUniqueViolation, type Transaction, withTransaction } from '@org/db';
import { InjectDrizzle } from '@org/db/nestjs';
import type { Folder } from '@org/db/schema/files';
import { DomainError, listPage, type Page, stale } from '@org/service';
import {
  type CreateFolderBody,
  type FolderResponse,
  type ListFoldersQuery,
  toFolder,
  type UpdateFolderBody,
} from './folders.dto.ts';
import {
  countFolders,
  type ExpectedFolder,
  findFolder,
  findFolderOrDeleted,
  insertFolder,
  listFolders,
  listPath,
  lockFolderTree,
  lockSubtree,
  measureHeight,
  restoreSubtree,
  softDeleteSubtree,
  updateFolder,
} from './folders.queries.ts';

/** Levels of folders in folders. Enough for people, and what keeps a walk up or down a tree short. */
export const MAX_DEPTH = 64;

@Injectable()
export class FoldersService {
  constructor(@InjectDrizzle() private readonly db: Database) {}

  /** Throws `folder_not_found` (of the parent), `folder_too_deep`, `name_taken`. */
  create(userId: string, { name, parentId }: CreateFolderBody): Promise<Folder> {
    return refusingDoubles(() =>
      withTransaction(
        this.db,
        async (tx) => {
          if (parentId !== null) {
            await lockFolderTree(tx, userId);
            requireDepth((await pathOfParent(tx, userId, parentId)).length + 1);
          }
          return insertFolder(tx, { userId, parentId, name });
        },
        { retry: true },
      ),
    );
  }

  /** Throws `folder_not_found` (of the parent), `invalid_cursor`. */
  async list(userId: string, query: ListFoldersQuery): Promise<Page<FolderResponse>> {
    const parentId = query.parentId ?? null;
    const page = await listPage(query, {
      scope: { list: 'folders', userId, parentId },
      rows: (limit, position) => listFolders(this.db, userId, parentId, limit, position),
      count: (limit) => countFolders(this.db, userId, parentId, limit),
      toItem: toFolder,
    });
    const isEmpty = page.items.length === 0;
    if (isEmpty && parentId !== null && !(await findFolder(this.db, userId, parentId)))
      throw folderNotFound('/parentId');
    return page;
  }

  /** Throws `not_found`. */
  async get(userId: string, id: string): Promise<Folder> {
    return orNotFound(await findFolder(this.db, userId, id));
  }

  /**
   * Renames or moves. Throws `not_found`, `precondition_failed`, `folder_not_found` (of the parent), `folder_cycle`,
   * `folder_too_deep`, `name_taken`.
   */
  update(folder: ExpectedFolder, changes: UpdateFolderBody): Promise<Folder> {
    return refusingDoubles(() =>
      withTransaction(
        this.db,
        async (tx) => {
          if (changes.parentId !== undefined) await checkMove(tx, folder, changes.parentId);
          const row = await updateFolder(tx, folder, changes);
          if (row) return row;
          orNotFound(await findFolder(tx, folder.userId, folder.id));
          throw stale();
        },
        { retry: true },
      ),
    );
  }

  /** Deletes the folder and all that lives below it. Throws `not_found`, `precondition_failed`. */
  delete({ userId, id, version }: ExpectedFolder): Promise<void> {
    return withTransaction(
      this.db,
      async (tx) => {
        await lockFolderTree(tx, userId);
        const ids = await lockSubtree(tx, userId, id);
        const folder = orNotFound(await findFolder(tx, userId, id));
        if (folder.version !== version) throw stale();
        await softDeleteSubtree(tx, userId, ids);
      },
      { retry: true },
    );
  }

  /**
   * Brings back what was deleted with the folder. Throws `not_found`, `folder_deleted` (the parent), `folder_too_deep`,
   * `name_taken`.
   */
  restore(userId: string, id: string): Promise<Folder> {
    return refusingDoubles(() =>
      withTransaction(
        this.db,
        async (tx) => {
          await lockFolderTree(tx, userId);
          const folder = orNotFound(await findFolderOrDeleted(tx, userId, id));
          // Asked again after an answer that was lost, it is answered again.
          if (!folder.deletedAt) return folder;
          if (folder.parentId !== null) {
            const path = await listPath(tx, userId, folder.parentId);
            if (path.length === 0) throw folderDeleted();
            // The parent may have been moved meanwhile.
            requireDepth(path.length + (await measureHeight(tx, userId, id, folder.deletedAt)));
          }
          await restoreSubtree(tx, userId, id, folder.deletedAt);
          return orNotFound(await findFolder(tx, userId, id));
        },
        { retry: true },
      ),
    );
  }
}

/** What a request refers to, by the member that `pointer` names, is no living folder of the user. */
export function folderNotFound(pointer: '/parentId' | '/folderId'): DomainError {
  return new DomainError('folder_not_found', 'There is no such folder.', {
    errors: [{ pointer, detail: 'must be the id of a folder' }],
  });
}

/** What it lies in has to be restored first. */
export function folderDeleted(): DomainError {
  return new DomainError('folder_deleted', 'The folder that it was in is deleted. Restore that one first.');
}

async function checkMove(
  tx: Transaction,
  { userId, id, version }: ExpectedFolder,
  parentId: string | null,
): Promise<void> {
  await lockFolderTree(tx, userId);
  const folder = orNotFound(await findFolder(tx, userId, id));
  if (folder.version !== version) throw stale();
  if (parentId === null) return;
  const path = await pathOfParent(tx, userId, parentId);
  if (path.includes(id)) {
    throw new DomainError('folder_cycle', 'A folder cannot be moved into itself or into a folder inside it.');
  }
  requireDepth(path.length + (await measureHeight(tx, userId, id)));
}

async function pathOfParent(tx: Transaction, userId: string, parentId: string): Promise<string[]> {
  const path = await listPath(tx, userId, parentId);
  if (path.length === 0) throw folderNotFound('/parentId');
  return path;
}

function requireDepth(depth: number): void {
  if (depth > MAX_DEPTH) {
    throw new DomainError('folder_too_deep', `Folders go ${MAX_DEPTH} levels deep; this would make ${depth}.`);
  }
}

/** The unique indexes on folders are those of their names. */
async function refusingDoubles<Result>(write: () => Promise<Result>): Promise<Result> {
  try {
    return await write();
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new DomainError('name_taken', 'Another folder there has this name.', undefined, { cause: error });
  }
}

function orNotFound(folder: Folder | undefined): Folder {
  if (!folder) throw new DomainError('not_found', 'There is no such folder.');
  return folder;
}
