import { Injectable } from '@nestjs/common';
import { type Database, withTransaction } from '@org/db';
import { InjectDrizzle } from '@org/db/nestjs';
import type { FileVersion } from '@org/db/schema/files';
import { DomainError, type ListQuery, listPage, type Page } from '@org/service';
import { type ExpectedFile, updateFile } from '../files/files.queries.ts';
import { getFile, goneOrStale } from '../files/files.service.ts';
import { type CreateVersionBody, toVersion, type VersionResponse } from './versions.dto.ts';
import { countVersions, findVersion, insertVersion, listVersions } from './versions.queries.ts';

@Injectable()
export class VersionsService {
  constructor(@InjectDrizzle() private readonly db: Database) {}

  /**
   * Makes it the content of the file, whose new `fileVersion` comes with it. Throws `not_found`, `precondition_failed`.
   */
  create(expected: ExpectedFile, content: CreateVersionBody): Promise<FileVersion & { fileVersion: number }> {
    return withTransaction(
      this.db,
      async (tx) => {
        const file = await updateFile(tx, expected, content);
        if (!file) throw await goneOrStale(tx, expected);
        const { userId, id: fileId, mimeType, size } = file;
        return { ...(await insertVersion(tx, { userId, fileId, mimeType, size })), fileVersion: file.version };
      },
      { retry: true },
    );
  }

  /** Throws `not_found` (of the file), `invalid_cursor`. */
  async list(userId: string, fileId: string, query: ListQuery): Promise<Page<VersionResponse>> {
    await getFile(this.db, userId, fileId);
    return listPage(query, {
      scope: { list: 'versions', userId, fileId },
      rows: (limit, position) => listVersions(this.db, userId, fileId, limit, position),
      count: (limit) => countVersions(this.db, userId, fileId, limit),
      toItem: toVersion,
    });
  }

  /** Throws `not_found`. */
  async get(userId: string, fileId: string, number: number): Promise<FileVersion> {
    await getFile(this.db, userId, fileId);
    const version = await findVersion(this.db, userId, fileId, number);
    if (!version) throw new DomainError('not_found', 'The file has no version with this number.');
    return version;
  }
}
