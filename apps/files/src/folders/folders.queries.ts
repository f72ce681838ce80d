import {
  and,
  type Database,
  desc,
  eq,
  isNull,
  type Placeholders,
  preparedQuery,
  type SQL,
  sql,
  type Transaction,
  type Value,
} from '@org/db';
import { type Folder, files, folders } from '@org/db/schema/files';
import { after, type Position } from '@org/service';

type Handle = Database | Transaction;

/** Which living folder, and the version it is believed to have. */
export interface ExpectedFolder {
  userId: string;
  id: string;
  version: number;
}

/**
 * Makes this transaction the only one that changes the shape of the user's tree, until it has ended. What two folders
 * have to do with each other (cycles, depth, what lies below) is to be read after it.
 */
export async function lockFolderTree(tx: Transaction, userId: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`files.folders:${userId}`}, 0))`);
}

/** The user's folder, if it lives. */
export async function findFolder(db: Handle, userId: string, id: string): Promise<Folder | undefined> {
  const [row] = await selectFolder(db, { userId, id });
  return row;
}

const selectFolder = preparedQuery('findFolder', (db, { userId, id }: Placeholders<{ userId: string; id: string }>) =>
  db.select().from(folders).where(isLiving(userId, id)),
);

/** The user's folder, living or deleted. */
export async function findFolderOrDeleted(db: Handle, userId: string, id: string): Promise<Folder | undefined> {
  const [row] = await db
    .select()
    .from(folders)
    .where(and(eq(folders.userId, userId), eq(folders.id, id)));
  return row;
}

/**
 * Whether the user's folder lives; if so it is not deleted before this transaction has ended, so that a file can go
 * into it.
 */
export async function holdFolder(tx: Transaction, userId: string, id: string): Promise<boolean> {
  const rows = await tx.select({ id: folders.id }).from(folders).where(isLiving(userId, id)).for('share');
  return rows.length > 0;
}

/** The living folders in `parentId`, or at the top, newest first; those after the position. */
export function listFolders(
  db: Handle,
  userId: string,
  parentId: string | null,
  limit: number,
  position?: Position,
): Promise<Folder[]> {
  return selectFolders(db, { userId, parentId, ...position, limit });
}

interface FoldersQuery extends Partial<Position> {
  userId: string;
  parentId: string | null;
  limit: number;
}

const selectFolders = preparedQuery(
  'listFolders',
  (db, { userId, parentId, createdAt, id, limit }: Placeholders<FoldersQuery>) =>
    db
      .select()
      .from(folders)
      .where(and(isIn(userId, parentId), after(folders.createdAt, folders.id, createdAt && id && { createdAt, id })))
      .orderBy(desc(folders.createdAt), desc(folders.id))
      .limit(limit),
);

/** How many folders listFolders has in all, counted up to `limit`. */
export function countFolders(db: Handle, userId: string, parentId: string | null, limit: number): Promise<number> {
  return db.$count(
    db.select({ id: folders.id }).from(folders).where(isIn(userId, parentId)).limit(limit).as('counted'),
  );
}

/** Throws the error of a unique index when a living sibling has the name. */
export async function insertFolder(
  db: Handle,
  values: { userId: string; parentId: string | null; name: string },
): Promise<Folder> {
  const [row] = await db.insert(folders).values(values).returning();
  if (!row) throw new Error('The insert into files.folders returned no row.');
  return row;
}

/** The changed folder, or undefined when it is gone or has another version. Throws like insertFolder. */
export async function updateFolder(
  db: Handle,
  folder: ExpectedFolder,
  changes: { name?: string; parentId?: string | null },
): Promise<Folder | undefined> {
  const [row] = await db
    .update(folders)
    .set({ ...changes, version: sql`${folders.version} + 1` })
    .where(and(isLiving(folder.userId, folder.id), eq(folders.version, folder.version)))
    .returning();
  return row;
}

/** The ids of the living folder and of all that it lies in: as many as it is deep. Right only under lockFolderTree. */
export async function listPath(tx: Transaction, userId: string, id: string): Promise<string[]> {
  const rows = await tx.execute<{ id: string }>(sql`
    with recursive path as (
      select id, parent_id from ${folders} where user_id = ${userId} and id = ${id} and deleted_at is null
      union
      select f.id, f.parent_id
      from path join ${folders} f on f.user_id = ${userId} and f.id = path.parent_id and f.deleted_at is null
    )
    select id from path`);
  return rows.map((row) => row.id);
}

/** Levels of the folder: 1 when it has no folder in it. Of those that were deleted at `deletedAt`, or that live. */
export async function measureHeight(
  tx: Transaction,
  userId: string,
  id: string,
  deletedAt: Date | null = null,
): Promise<number> {
  const [row] = await tx.execute<{ height: number }>(
    sql`${subtree(userId, id, deletedAt)} select coalesce(max(level), 0) as height from tree`,
  );
  return row?.height ?? 0;
}

/**
 * The ids of the living folder and of every living folder below it. None of them, and no living file in them, is
 * changed by another transaction before this one has ended.
 */
export async function lockSubtree(tx: Transaction, userId: string, id: string): Promise<string[]> {
  const rows = await tx.execute<{ id: string }>(sql`
    ${subtree(userId, id, null)}
    select f.id from tree join ${folders} f on f.user_id = ${userId} and f.id = tree.id for no key update of f`);
  const ids = rows.map((row) => row.id);
  await tx.execute(sql`
    select count(*) from (
      select 1 from ${files}
      where user_id = ${userId} and folder_id = any(${uuids(ids)}) and deleted_at is null
      for no key update
    ) locked`);
  return ids;
}

/**
 * Deletes these folders and the living files in them, all at one time, which nothing in them was deleted at before: it
 * is what restoreSubtree knows them by. To be given what lockSubtree returned.
 */
export async function softDeleteSubtree(tx: Transaction, userId: string, ids: string[]): Promise<void> {
  const inside = uuids(ids);
  const [chosen] = await tx.execute<{ now: Date }>(sql`
    select greatest(now()::timestamptz(3), max(deleted_at) + interval '1 millisecond') as now from (
      select deleted_at from ${folders} where user_id = ${userId} and parent_id = any(${inside})
      union all
      select deleted_at from ${files} where user_id = ${userId} and folder_id = any(${inside})
    ) before`);
  const deletedAt = chosen?.now;
  await tx
    .update(folders)
    .set({ deletedAt })
    .where(and(eq(folders.userId, userId), sql`${folders.id} = any(${inside})`));
  await tx
    .update(files)
    .set({ deletedAt })
    .where(and(eq(files.userId, userId), sql`${files.folderId} = any(${inside})`, isNull(files.deletedAt)));
}

/** Brings back the folder and exactly what was deleted with it. Throws like insertFolder. */
export async function restoreSubtree(tx: Transaction, userId: string, id: string, deletedAt: Date): Promise<void> {
  const rows = await tx.execute<{ id: string }>(sql`${subtree(userId, id, deletedAt)} select id from tree`);
  const inside = uuids(rows.map((row) => row.id));
  await tx
    .update(folders)
    .set({ deletedAt: null, version: sql`${folders.version} + 1` })
    .where(and(eq(folders.userId, userId), sql`${folders.id} = any(${inside})`));
  await tx
    .update(files)
    .set({ deletedAt: null, version: sql`${files.version} + 1` })
    .where(and(eq(files.userId, userId), sql`${files.folderId} = any(${inside})`, eq(files.deletedAt, deletedAt)));
}

function isLiving(userId: Value<string>, id: Value<string>): SQL | undefined {
  return and(eq(folders.userId, userId), eq(folders.id, id), isNull(folders.deletedAt));
}

function isIn(userId: Value<string>, parentId: Value<string> | null): SQL | undefined {
  const isChild = parentId === null ? isNull(folders.parentId) : eq(folders.parentId, parentId);
  return and(eq(folders.userId, userId), isChild, isNull(folders.deletedAt));
}

/** `tree (id, level)`: the folder and what is below it, as far as it was deleted at one time, or lives. */
function subtree(userId: string, id: string, deletedAt: Date | null): SQL {
  const isAsAsked = deletedAt === null ? sql`is null` : sql`= ${deletedAt.toISOString()}`;
  return sql`
    with recursive tree as (
      select id, 1 as level from ${folders} where user_id = ${userId} and id = ${id} and deleted_at ${isAsAsked}
      union all
      select f.id, tree.level + 1
      from tree join ${folders} f on f.user_id = ${userId} and f.parent_id = tree.id and f.deleted_at ${isAsAsked}
    )`;
}

/** One parameter however many there are: a statement takes 65,534. */
function uuids(ids: string[]): SQL {
  return sql`${`{${ids.join(',')}}`}::uuid[]`;
}
