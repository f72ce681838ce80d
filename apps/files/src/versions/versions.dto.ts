import type { FileVersion } from '@org/db/schema/files';
import { pageOf } from '@org/service';
import { z } from 'zod';
import { fileParams, mimeType, size } from '../files/files.dto.ts';

export const createVersionBody = z
  .strictObject({
    size,
    mimeType: mimeType.optional().meta({ description: 'That of the file, unless given' }),
  })
  .meta({ id: 'CreateVersion' });
export type CreateVersionBody = z.infer<typeof createVersionBody>;

export const versionParams = fileParams.extend({
  number: z
    .string()
    .regex(/^[1-9]\d{0,8}$/, { error: 'must be the number of a version' })
    .meta({ type: 'integer', minimum: 1 })
    .transform(Number),
});
export type VersionParams = z.infer<typeof versionParams>;

export const versionResponse = z
  .object({
    number: z.int().meta({ description: 'From 1, without gaps; the highest is what the file is now' }),
    mimeType: z.string(),
    size: z.int(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'FileVersion' });
export type VersionResponse = z.infer<typeof versionResponse>;

export const versionPage = pageOf(versionResponse, 'FileVersionPage');

export function toVersion(row: FileVersion): VersionResponse {
  return {
    number: row.number,
    mimeType: row.mimeType,
    size: row.size,
    createdAt: row.createdAt.toISOString(),
  };
}
