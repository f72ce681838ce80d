import type { Folder } from '@org/db/schema/files';
import { listQuery, name, pageOf } from '@org/service';
import { z } from 'zod';

const folderName = name({ max: 255 }).meta({
  description: 'Unique among the folders beside it; upper and lower case differ',
  example: 'Invoices',
});
const parentId = z.uuid({ error: 'must be the id of a folder' }).nullable().meta({ description: 'Null: at the top' });

export const folderParams = z.strictObject({ id: z.uuid() });
export type FolderParams = z.infer<typeof folderParams>;

export const createFolderBody = z
  .strictObject({ name: folderName, parentId: parentId.default(null) })
  .meta({ id: 'CreateFolder' });
export type CreateFolderBody = z.infer<typeof createFolderBody>;

export const updateFolderBody = z
  .strictObject({ name: folderName, parentId })
  .partial()
  .refine((body) => Object.keys(body).length > 0, { error: 'must change something' })
  .meta({ id: 'UpdateFolder' });
export type UpdateFolderBody = z.infer<typeof updateFolderBody>;

export const listFoldersQuery = listQuery.extend({
  parentId: z
    .uuid({ error: 'must be the id of a folder' })
    .optional()
    .meta({ description: 'The folder to look into; without it, the top' }),
});
export type ListFoldersQuery = z.infer<typeof listFoldersQuery>;

export const folderResponse = z
  .object({
    id: z.uuid(),
    parentId: z.uuid().nullable(),
    name: z.string(),
    version: z.int().meta({ description: 'In quotes, the ETag' }),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Folder' });
export type FolderResponse = z.infer<typeof folderResponse>;

export const folderPage = pageOf(folderResponse, 'FolderPage');

export function toFolder(row: Folder): FolderResponse {
  return {
    id: row.id,
    parentId: row.parentId,
    name: row.name,
    version: row.version,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}
