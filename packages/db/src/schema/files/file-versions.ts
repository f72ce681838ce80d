import { relations, sql } from 'drizzle-orm';
import { bigint, check, foreignKey, integer, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { id, timestamps } from '../columns.ts';
import { owner } from '../owner.ts';
import { files } from './files.ts';
import { filesSchema } from './schema.ts';

/** Each content a file has had, the present one included, counted from 1. */
export const fileVersions = filesSchema.table(
  'file_versions',
  {
    ...id,
    ...owner(),
    fileId: uuid('file_id').notNull(),
    number: integer('number').notNull(),
    mimeType: text('mime_type').notNull(),
    /** Bytes. */
    size: bigint('size', { mode: 'number' }).notNull(),
    ...timestamps,
  },
  (t) => [
    foreignKey({
      name: 'file_versions_user_id_file_id_files_user_id_id_fk',
      columns: [t.userId, t.fileId],
      foreignColumns: [files.userId, files.id],
    }).onDelete('cascade'),
    uniqueIndex('idx_file_versions_user_id_file_id_number').on(t.userId, t.fileId, t.number),
    check('file_versions_number_check', sql`${t.number} >= 1`),
    check('file_versions_size_check', sql`${t.size} between 0 and 9007199254740991`),
  ],
);

export const fileVersionsRelations = relations(fileVersions, ({ one }) => ({
  file: one(files, { fields: [fileVersions.userId, fileVersions.fileId], references: [files.userId, files.id] }),
}));

export type FileVersion = typeof fileVersions.$inferSelect;
export type NewFileVersion = typeof fileVersions.$inferInsert;
