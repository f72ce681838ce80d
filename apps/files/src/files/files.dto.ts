import { listQuery, name, pageOf, queryFlag, text } from '@org/service';
import { z } from 'zod';
import type { TaggedFile } from './files.queries.ts';

const MAX_TAGS = 20;
const MAX_TAG_LENGTH = 50;
/** Bytes of JSON. */
const MAX_METADATA = 16 * 1024;

const folderId = z.uuid({ error: 'must be the id of a folder' }).nullable().meta({ description: 'Null: in no folder' });

/** `type/subtype` with its parameters: https://www.rfc-editor.org/rfc/rfc6838#section-4.2 */
export const mimeType = text({ max: 255 })
  .regex(
    /^[A-Za-z0-9][\w!#$&^.+-]{0,126}\/[A-Za-z0-9][\w!#$&^.+-]{0,126}(?:\s*;\s*[\w!#$&^.+-]+=(?:[^\s;"]+|"[^"]*"))*$/,
    { error: 'must be a media type such as text/plain' },
  )
  .meta({ example: 'application/pdf' });

/** The upper bound is what a JSON number holds exactly everywhere. */
export const size = z.int().min(0).meta({ description: 'Bytes, up to 2^53 - 1', example: 1024 });

/** One spelling of each tag: NFC, lower case. */
const tag = name({ max: MAX_TAG_LENGTH })
  .transform((given) => given.normalize('NFC').toLowerCase())
  .refine((folded) => folded.length <= MAX_TAG_LENGTH, { error: `must be at most ${MAX_TAG_LENGTH} characters` });

const tags = z
  .array(tag)
  .transform((given) => [...new Set(given)])
  .refine((folded) => folded.length <= MAX_TAGS, { error: `must be at most ${MAX_TAGS} tags` })
  .meta({ description: `Up to ${MAX_TAGS}, without regard to upper and lower case`, example: ['report', '2026'] });

const metadata = z
  .looseObject({
    description: text({ max: 2000, min: 0 }).optional(),
    source: text({ max: 2000, min: 0 }).optional(),
    width: z.int().min(0).optional(),
    height: z.int().min(0).optional(),
  })
  .refine(hasOnlyNumbersOfJson, { error: 'must not contain a number beyond 1.8e308' })
  .refine((value) => Buffer.byteLength(JSON.stringify(value)) <= MAX_METADATA, {
    error: `must be at most ${MAX_METADATA} bytes of JSON`,
  })
  .meta({ description: 'Whatever the client notes about the file; replaced as a whole' });

export const fileParams = z.strictObject({ id: z.uuid() });
export type FileParams = z.infer<typeof fileParams>;

export const createFileBody = z
  .strictObject({
    name: name({ max: 255 }),
    mimeType,
    size,
    folderId: folderId.default(null),
    tags: tags.default([]),
    metadata: metadata.default({}),
  })
  .meta({ id: 'CreateFile' });
export type CreateFileBody = z.infer<typeof createFileBody>;

export const updateFileBody = z
  .strictObject({ name: name({ max: 255 }), folderId, tags, metadata })
  .partial()
  .refine((body) => Object.keys(body).length > 0, { error: 'must change something' })
  .meta({ id: 'UpdateFile' });
export type UpdateFileBody = z.infer<typeof updateFileBody>;

const FOLDER_OR_NONE = 'must be the id of a folder, or none';

export const listFilesQuery = listQuery.extend({
  folderId: z
    .union([z.uuid({ error: FOLDER_OR_NONE }), z.literal('none')], { error: FOLDER_OR_NONE })
    .optional()
    .meta({ description: 'Only files in this folder, not in folders inside it; `none`: those in no folder' }),
  tag: tag.optional().meta({ description: 'Only files with this tag' }),
});
export type ListFilesQuery = z.infer<typeof listFilesQuery>;

export const deleteFileQuery = z.strictObject({
  permanent: queryFlag().meta({ description: 'For good, with its versions; also a file that is deleted already' }),
});
export type DeleteFileQuery = z.infer<typeof deleteFileQuery>;

export const fileResponse = z
  .object({
    id: z.uuid(),
    folderId: z.uuid().nullable(),
    name: z.string(),
    mimeType: z.string(),
    size: z.int(),
    tags: z.array(z.string()),
    metadata: z.record(z.string(), z.unknown()),
    version: z.int().meta({ description: 'In quotes, the ETag' }),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'File' });
export type FileResponse = z.infer<typeof fileResponse>;

export const filePage = pageOf(fileResponse, 'FilePage');

export function toFile(row: TaggedFile): FileResponse {
  return {
    id: row.id,
    folderId: row.folderId,
    name: row.name,
    mimeType: row.mimeType,
    size: row.size,
    tags: row.tags,
    metadata: row.metadata,
    version: row.version,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}

/**
 * `1e400` is JSON, but Infinity in JavaScript, and would be kept as null. The parser of bodies has limited the depth.
 */
function hasOnlyNumbersOfJson(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  return typeof value !== 'object' || value === null || Object.values(value).every(hasOnlyNumbersOfJson);
}
