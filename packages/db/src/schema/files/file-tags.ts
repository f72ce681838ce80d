import { relations } from 'drizzle-orm';
import { foreignKey, index, primaryKey, uuid } from 'drizzle-orm/pg-core';
import { timestamps } from '../columns.ts';
import { owner } from '../owner.ts';
import { files } from './files.ts';
import { filesSchema } from './schema.ts';
import { tags } from './tags.ts';

export const fileTags = filesSchema.table(
  'file_tags',
  {
    ...owner(),
    fileId: uuid('file_id').notNull(),
    tagId: uuid('tag_id').notNull(),
    ...timestamps,
  },
  (t) => [
    primaryKey({ name: 'file_tags_pkey', columns: [t.userId, t.fileId, t.tagId] }),
    foreignKey({
      name: 'file_tags_user_id_file_id_files_user_id_id_fk',
      columns: [t.userId, t.fileId],
      foreignColumns: [files.userId, files.id],
    }).onDelete('cascade'),
    foreignKey({
      name: 'file_tags_user_id_tag_id_tags_user_id_id_fk',
      columns: [t.userId, t.tagId],
      foreignColumns: [tags.userId, tags.id],
    }).onDelete('cascade'),
    // The other way round than the key: the files of a tag.
    index('idx_file_tags_user_id_tag_id_file_id').on(t.userId, t.tagId, t.fileId),
  ],
);

export const fileTagsRelations = relations(fileTags, ({ one }) => ({
  file: one(files, { fields: [fileTags.userId, fileTags.fileId], references: [files.userId, files.id] }),
  tag: one(tags, { fields: [fileTags.userId, fileTags.tagId], references: [tags.userId, tags.id] }),
}));

export type FileTag = typeof fileTags.$inferSelect;
export type NewFileTag = typeof fileTags.$inferInsert;
