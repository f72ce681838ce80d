import { relations, sql } from 'drizzle-orm';
import { check, text, unique, uniqueIndex } from 'drizzle-orm/pg-core';
import { id, timestamps } from '../columns.ts';
import { owner } from '../owner.ts';
import { fileTags } from './file-tags.ts';
import { filesSchema } from './schema.ts';

export const tags = filesSchema.table(
  'tags',
  {
    ...id,
    ...owner(),
    name: text('name').notNull(),
    ...timestamps,
  },
  (t) => [
    unique('tags_user_id_id_unique').on(t.userId, t.id),
    uniqueIndex('idx_tags_user_id_name').on(t.userId, t.name),
    check('tags_name_check', sql`char_length(${t.name}) between 1 and 255`),
  ],
);

export const tagsRelations = relations(tags, ({ many }) => ({
  fileTags: many(fileTags),
}));

export type Tag = typeof tags.$inferSelect;
export type NewTag = typeof tags.$inferInsert;
