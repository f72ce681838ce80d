import { relations, sql } from 'drizzle-orm';
import { check, foreignKey, index, text, unique, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { id, softDelete, timestamps, version } from '../columns.ts';
import { owner } from '../owner.ts';
import { files } from './files.ts';
import { filesSchema } from './schema.ts';

/**
 * A tree per user; `parent_id` is null at its root.
 *
 * To delete a folder sets one and the same `deleted_at` on everything alive below it, so that to restore it brings back
 * exactly that.
 */
export const folders = filesSchema.table(
  'folders',
  {
    ...id,
    ...owner(),
    parentId: uuid('parent_id'),
    name: text('name').notNull(),
    ...version,
    ...timestamps,
    ...softDelete,
  },
  (t) => [
    // What (user_id, parent_id) and (user_id, folder_id) point at: nothing can be put into someone else's folder.
    unique('folders_user_id_id_unique').on(t.userId, t.id),
    foreignKey({
      name: 'folders_user_id_parent_id_folders_user_id_id_fk',
      columns: [t.userId, t.parentId],
      foreignColumns: [t.userId, t.id],
    }).onDelete('cascade'),
    // Whole, beside the partial ones below: cascades and restore look among the deleted too.
    index('idx_folders_user_id_parent_id').on(t.userId, t.parentId),
    // A page of a folder, newest first: read backwards.
    index('idx_folders_user_id_parent_id_created_at_id_live')
      .on(t.userId, t.parentId, t.createdAt, t.id)
      .where(sql`${t.deletedAt} is null`),
    // Names are unique among living siblings. Null equals no null, so the root has its own.
    uniqueIndex('idx_folders_user_id_parent_id_name_live')
      .on(t.userId, t.parentId, t.name)
      .where(sql`${t.deletedAt} is null and ${t.parentId} is not null`),
    uniqueIndex('idx_folders_user_id_name_live_root')
      .on(t.userId, t.name)
      .where(sql`${t.deletedAt} is null and ${t.parentId} is null`),
    // An index entry must fit a third of a page.
    check('folders_name_check', sql`char_length(${t.name}) between 1 and 255`),
    check('folders_parent_id_check', sql`${t.parentId} <> ${t.id}`),
  ],
);

export const foldersRelations = relations(folders, ({ many, one }) => ({
  parent: one(folders, {
    fields: [folders.userId, folders.parentId],
    references: [folders.userId, folders.id],
    relationName: 'parent',
  }),
  children: many(folders, { relationName: 'parent' }),
  files: many(files),
}));

export type Folder = typeof folders.$inferSelect;
export type NewFolder = typeof folders.$inferInsert;
