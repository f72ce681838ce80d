import {
  and,
  type Database,
  desc,
  eq,
  getTableColumns,
  isNotNull,
  isNull,
  type Placeholders,
  preparedQuery,
  type SQL,
  sql,
  type Transaction,
  type Value,
} from '@org/db';
import { type File, files, fileTags, tags } from '@org/db/schema/files';
import { after, type Position } from '@org/service';

type Handle = Database | Transaction;

export type TaggedFile = File & { tags: string[] };

/** Which file, and the version it is believed to have. */
export interface ExpectedFile {
  userId: string;
  id: string;
  version: number;
}

export interface FileFilter {
  /** Null: those in no folder. Absent: all. */
  folderId?: string | null;
  tag?: string;
}

/** The user's file, if it lives. */
export async function findFile(db: Handle, userId: string, id: string): Promise<TaggedFile | undefined> {
  const [row] = await selectFile(db, { userId, id });
  return row;
}

const selectFile = preparedQuery('findFile', (db, { userId, id }: Placeholders<{ userId: string; id: string }>) =>
  db.select(taggedFile).from(files).where(isLiving(userId, id)),
);

/** The user's file, living or deleted. */
export async function findFileOrDeleted(db: Handle, userId: string, id: string): Promise<TaggedFile | undefined> {
  const [row] = await db.select(taggedFile).from(files).where(isOf(userId, id));
  return row;
}

/** The living files that the filter names, newest first; those after the position. */
export function listFiles(
  db: Handle,
  userId: string,
  filter: FileFilter,
  limit: number,
  position?: Position,
): Promise<TaggedFile[]> {
  return selectFiles(db, { userId, ...filter, ...position, limit });
}

interface FilesQuery extends FileFilter, Partial<Position> {
  userId: string;
  limit: number;
}

const selectFiles = preparedQuery(
  'listFiles',
  (db, { userId, folderId, tag, createdAt, id, limit }: Placeholders<FilesQuery>) =>
    db
      .select(taggedFile)
      .from(files)
      .where(
        and(matches(userId, { folderId, tag }), after(files.createdAt, files.id, createdAt && id && { createdAt, id })),
      )
      .orderBy(desc(files.createdAt), desc(files.id))
      .limit(limit),
);

/** How many files listFiles has in all, counted up to `limit`. */
export function countFiles(db: Handle, userId: string, filter: FileFilter, limit: number): Promise<number> {
  return db.$count(db.select({ id: files.id }).from(files).where(matches(userId, filter)).limit(limit).as('counted'));
}

/** Returns the id of the new file. Throws the foreign key's error for a folder that is not the user's. */
export async function insertFile(
  db: Handle,
  values: Pick<File, 'userId' | 'folderId' | 'name' | 'mimeType' | 'size'> & { metadata?: File['metadata'] },
): Promise<string> {
  const [row] = await db.insert(files).values(values).returning({ id: files.id });
  if (!row) throw new Error('The insert into files.files returned no row.');
  return row.id;
}

/**
 * The changed file, held until the transaction ends; or undefined when it is gone or has another version. Throws the
 * foreign key's error for a folder that is not the user's.
 */
export async function updateFile(
  db: Handle,
  file: ExpectedFile,
  changes: Partial<Pick<File, 'folderId' | 'name' | 'mimeType' | 'size' | 'metadata'>>,
): Promise<File | undefined> {
  const [row] = await db
    .update(files)
    .set({ ...changes, version: sql`${files.version} + 1` })
    .where(and(isLiving(file.userId, file.id), eq(files.version, file.version)))
    .returning();
  return row;
}

/**
 * Whether the file lived and had this version; if so it is deleted and keeps the version, by which it can be deleted
 * for good.
 */
export async function softDeleteFile(db: Handle, file: ExpectedFile): Promise<boolean> {
  const rows = await db
    .update(files)
    .set({ deletedAt: sql`now()` })
    .where(and(isLiving(file.userId, file.id), eq(files.version, file.version)))
    .returning({ id: files.id });
  return rows.length > 0;
}

/** Whether the file, living or deleted, had this version; if so it is gone with its versions and tags. */
export async function deleteFile(db: Handle, file: ExpectedFile): Promise<boolean> {
  const rows = await db
    .delete(files)
    .where(and(isOf(file.userId, file.id), eq(files.version, file.version)))
    .returning({ id: files.id });
  return rows.length > 0;
}

/** Brings back a file that is deleted; nothing happens to another. */
export async function restoreFile(db: Handle, userId: string, id: string): Promise<void> {
  await db
    .update(files)
    .set({ deletedAt: null, version: sql`${files.version} + 1` })
    .where(and(isOf(userId, id), isNotNull(files.deletedAt)));
}

/**
 * Gives the file these tags and no other, and the user those that are new. The file is held by this transaction, and
 * the names are without doubles.
 */
export async function setTags(tx: Transaction, userId: string, fileId: string, names: string[]): Promise<void> {
  await tx.delete(fileTags).where(and(eq(fileTags.userId, userId), eq(fileTags.fileId, fileId)));
  if (names.length === 0) return;
  await tx
    .insert(tags)
    // In one order, so that two transactions that add the same tags do not wait for each other.
    .values(names.toSorted().map((name) => ({ userId, name })))
    .onConflictDoNothing({ target: [tags.userId, tags.name] });
  await tx.execute(sql`
    insert into ${fileTags} (user_id, file_id, tag_id)
    select user_id, ${fileId}::uuid, id from ${tags}
    where user_id = ${userId} and name in ${names}`);
}

// In the same statement as the file, so that a page of files is one round trip. Columns of other tables by name: in the
// list of a select from one table, drizzle leaves the table's name out.
const tagNames = sql<string[]>`(
  select coalesce(jsonb_agg(t.name order by t.name), '[]')
  from ${fileTags} ft join ${tags} t on t.user_id = ft.user_id and t.id = ft.tag_id
  where ft.user_id = ${files}.user_id and ft.file_id = ${files}.id
)`;

const taggedFile = { ...getTableColumns(files), tags: tagNames };

function isOf(userId: Value<string>, id: Value<string>): SQL | undefined {
  return and(eq(files.userId, userId), eq(files.id, id));
}

function isLiving(userId: Value<string>, id: Value<string>): SQL | undefined {
  return and(isOf(userId, id), isNull(files.deletedAt));
}

function matches(
  userId: Value<string>,
  { folderId, tag }: { folderId?: Value<string> | null; tag?: Value<string> },
): SQL | undefined {
  const isInFolder = folderId === null ? isNull(files.folderId) : folderId && eq(files.folderId, folderId);
  const hasTag =
    tag !== undefined &&
    sql`exists (
      select 1 from ${fileTags}
      where ${fileTags.userId} = ${userId} and ${fileTags.fileId} = ${files.id}
        and ${fileTags.tagId} = (select ${tags.id} from ${tags} where ${tags.userId} = ${userId} and ${tags.name} = ${tag})
    )`;
  return and(eq(files.userId, userId), isInFolder || undefined, hasTag || undefined, isNull(files.deletedAt));
}
