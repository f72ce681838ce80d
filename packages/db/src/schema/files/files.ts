import { relations, sql } from 'drizzle-orm';
import { bigint, check, foreignKey, index, jsonb, text, unique, uuid } from 'drizzle-orm/pg-core';
import { id, softDelete, timestamps, version } from '../columns.ts';
import { owner } from '../owner.ts';
import { fileTags } from './file-tags.ts';
import { fileVersions } from './file-versions.ts';
import { folders } from './folders.ts';
import { filesSchema } from './schema.ts';

/** What a client may note about a file; shown as it was given. */
export interface FileMetadata {
  description?: string;
  /** Where it was imported from. */
  source?: string;
  width?: number;
  height?: number;
  [key: string]: unknown;
}

/** The file as it is now; what its content was before is in `file_versions`. */
export const files = filesSchema.table(
  'files',
  {
    ...id,
    ...owner(),
    /** Null at the root. */
    folderId: uuid('folder_id'),
    name: text('name').notNull(),
    mimeType: text('mime_type').notNull(),
    /** Bytes. */
    size: bigint('size', { mode: 'number' }).notNull(),
    metadata: jsonb('metadata').$type<FileMetadata>().notNull().default({}),
    ...version,
    ...timestamps,
    ...softDelete,
  },
  (t) => [
    unique('files_user_id_id_unique').on(t.userId, t.id),
    foreignKey({
      name: 'files_user_id_folder_id_folders_user_id_id_fk',
      columns: [t.userId, t.folderId],
      foreignColumns: [folders.userId, folders.id],
    }).onDelete('cascade'),
    // Whole: deleting and restoring a folder look among the deleted too.
    index('idx_files_user_id_folder_id').on(t.userId, t.folderId),
    // A page of a folder, newest first: read backwards, so that no column needs DESC and its NULLS FIRST.
    index('idx_files_user_id_folder_id_created_at_id_live')
      .on(t.userId, t.folderId, t.createdAt, t.id)
      .where(sql`${t.deletedAt} is null`),
    // The same over all folders.
    index('idx_files_user_id_created_at_id_live').on(t.userId, t.createdAt, t.id).where(sql`${t.deletedAt} is null`),
    check('files_name_check', sql`char_length(${t.name}) between 1 and 255`),
    // The upper bound is what a JavaScript number holds exactly.
    check('files_size_check', sql`${t.size} between 0 and 9007199254740991`),
    check('files_metadata_check', sql`jsonb_typeof(${t.metadata}) = 'object'`),
  ],
);

export const filesRelations = relations(files, ({ many, one }) => ({
  folder: one(folders, { fields: [files.userId, files.folderId], references: [folders.userId, folders.id] }),
  versions: many(fileVersions),
  fileTags: many(fileTags),
}));

export type File = typeof files.$inferSelect;
export type NewFile = typeof files.$inferInsert;
