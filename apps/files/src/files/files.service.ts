import { Injectable } from '@nestjs/common';
import { type Database, type Transaction, withTransaction } from '@org/db';
import { InjectDrizzle } from '@org/db/nestjs';
import { DomainError, listPage, type Page, stale } from '@org/service';
import { findFolder, holdFolder } from '../folders/folders.queries.ts';
import { folderDeleted, folderNotFound } from '../folders/folders.service.ts';
import { insertVersion } from '../versions/versions.queries.ts';
import {
  type CreateFileBody,
  type FileResponse,
  type ListFilesQuery,
  toFile,
  type UpdateFileBody,
} from './files.dto.ts';
import {
  countFiles,
  deleteFile,
  type ExpectedFile,
  findFile,
  findFileOrDeleted,
  insertFile,
  listFiles,
  restoreFile,
  setTags,
  softDeleteFile,
  type TaggedFile,
  updateFile,
} from './files.queries.ts';

@Injectable()
export class FilesService {
  constructor(@InjectDrizzle() private readonly db: Database) {}

  /** A file with its first version. Throws `folder_not_found`. */
  create(userId: string, { tags, ...values }: CreateFileBody): Promise<TaggedFile> {
    return withTransaction(
      this.db,
      async (tx) => {
        const { folderId, mimeType, size } = values;
        if (folderId !== null && !(await holdFolder(tx, userId, folderId))) throw folderNotFound('/folderId');
        const fileId = await insertFile(tx, { userId, ...values });
        await insertVersion(tx, { userId, fileId, mimeType, size });
        if (tags.length > 0) await setTags(tx, userId, fileId, tags);
        return getFile(tx, userId, fileId);
      },
      { retry: true },
    );
  }

  /** Throws `folder_not_found`, `invalid_cursor`. */
  async list(userId: string, query: ListFilesQuery): Promise<Page<FileResponse>> {
    const { folderId, tag } = query;
    const filter = { folderId: folderId === 'none' ? null : folderId, tag };
    const page = await listPage(query, {
      scope: { list: 'files', userId, folderId, tag },
      rows: (limit, position) => listFiles(this.db, userId, filter, limit, position),
      count: (limit) => countFiles(this.db, userId, filter, limit),
      toItem: toFile,
    });
    const isEmpty = page.items.length === 0;
    if (isEmpty && filter.folderId && !(await findFolder(this.db, userId, filter.folderId)))
      throw folderNotFound('/folderId');
    return page;
  }

  /** Throws `not_found`. */
  get(userId: string, id: string): Promise<TaggedFile> {
    return getFile(this.db, userId, id);
  }

  /** Throws `not_found`, `precondition_failed`, `folder_not_found`. */
  update(file: ExpectedFile, { tags, ...changes }: UpdateFileBody): Promise<TaggedFile> {
    return withTransaction(
      this.db,
      async (tx) => {
        const { userId, id } = file;
        const { folderId } = changes;
        // The folder before the file: the order in which the deletion of a folder locks them.
        if (folderId && !(await holdFolder(tx, userId, folderId))) throw folderNotFound('/folderId');
        if (!(await updateFile(tx, file, changes))) throw await goneOrStale(tx, file);
        if (tags) await setTags(tx, userId, id, tags);
        return getFile(tx, userId, id);
      },
      { retry: true },
    );
  }

  /** Until it is restored. Throws `not_found`, `precondition_failed`. */
  async delete(file: ExpectedFile): Promise<void> {
    if (!(await softDeleteFile(this.db, file))) throw await goneOrStale(this.db, file);
  }

  /** With versions and tags, deleted before or not. Throws `not_found`, `precondition_failed`. */
  async deleteForGood(file: ExpectedFile): Promise<void> {
    if (await deleteFile(this.db, file)) return;
    orNotFound(await findFileOrDeleted(this.db, file.userId, file.id));
    throw stale();
  }

  /** Throws `not_found`, `folder_deleted`. */
  restore(userId: string, id: string): Promise<TaggedFile> {
    return withTransaction(
      this.db,
      async (tx) => {
        const file = orNotFound(await findFileOrDeleted(tx, userId, id));
        // Asked again after an answer that was lost, it is answered again.
        if (!file.deletedAt) return file;
        if (file.folderId !== null && !(await holdFolder(tx, userId, file.folderId))) throw folderDeleted();
        await restoreFile(tx, userId, id);
        return getFile(tx, userId, id);
      },
      { retry: true },
    );
  }
}

/**
 * Why a conditional write found no living file of that version: to be thrown. Throws `not_found` when there is none at
 * all.
 */
export async function goneOrStale(db: Database | Transaction, { userId, id }: ExpectedFile): Promise<DomainError> {
  await getFile(db, userId, id);
  return stale();
}

/** The user's living file. Throws `not_found`. */
export async function getFile(db: Database | Transaction, userId: string, id: string): Promise<TaggedFile> {
  return orNotFound(await findFile(db, userId, id));
}

function orNotFound(file: TaggedFile | undefined): TaggedFile {
  if (!file) throw new DomainError('not_found', 'There is no such file.');
  return file;
}
