import { and, type Database, desc, eq, lt, type SQL, sql, type Transaction } from '@org/db';
import { type FileVersion, fileVersions } from '@org/db/schema/files';
import type { Position } from '@org/service';

type Handle = Database | Transaction;

export async function findVersion(
  db: Handle,
  userId: string,
  fileId: string,
  number: number,
): Promise<FileVersion | undefined> {
  const [row] = await db
    .select()
    .from(fileVersions)
    .where(and(isOf(userId, fileId), eq(fileVersions.number, number)));
  return row;
}

/** The versions of the file, newest first; those after the position, of which the id counts. */
export function listVersions(
  db: Handle,
  userId: string,
  fileId: string,
  limit: number,
  position?: Position,
): Promise<FileVersion[]> {
  // By number, not by time: two versions can have the same time. A version keeps its number.
  const last = position && numberOf(db, userId, fileId, position.id);
  return db
    .select()
    .from(fileVersions)
    .where(and(isOf(userId, fileId), last && lt(fileVersions.number, last)))
    .orderBy(desc(fileVersions.number))
    .limit(limit);
}

/** How many versions the file has, counted up to `limit`. */
export function countVersions(db: Handle, userId: string, fileId: string, limit: number): Promise<number> {
  return db.$count(
    db.select({ id: fileVersions.id }).from(fileVersions).where(isOf(userId, fileId)).limit(limit).as('counted'),
  );
}

/**
 * Adds the next version; the first has number 1. The file is held by this transaction, so that numbers have no gap and
 * no double.
 */
export async function insertVersion(
  tx: Transaction,
  values: Pick<FileVersion, 'userId' | 'fileId' | 'mimeType' | 'size'>,
): Promise<FileVersion> {
  const last = sql`(select max(${fileVersions.number}) from ${fileVersions} where ${isOf(values.userId, values.fileId)})`;
  const [row] = await tx
    .insert(fileVersions)
    .values({ ...values, number: sql`coalesce(${last}, 0) + 1` })
    .returning();
  if (!row) throw new Error('The insert into files.file_versions returned no row.');
  return row;
}

function numberOf(db: Handle, userId: string, fileId: string, id: string): SQL {
  const number = db
    .select({ number: fileVersions.number })
    .from(fileVersions)
    .where(and(isOf(userId, fileId), eq(fileVersions.id, id)));
  return sql`(${number})`;
}

function isOf(userId: string, fileId: string): SQL | undefined {
  return and(eq(fileVersions.userId, userId), eq(fileVersions.fileId, fileId));
}
