import { randomUUID } from 'node:crypto';
import {
  type File,
  type Folder,
  files,
  fileTags,
  fileVersions,
  folders,
  type NewFile,
  type NewFolder,
  type NewTag,
  type Tag,
  tags,
} from '../schema/files/index.ts';
import { type Database, withTransaction } from '../transaction.ts';

export async function createFolder(db: Database, values: { userId: string } & Partial<NewFolder>): Promise<Folder> {
  const [folder] = await db
    .insert(folders)
    .values({ name: `Folder ${randomUUID()}`, ...values })
    .returning();
  return folder!;
}

/** A file with its first version. */
export function createFile(db: Database, values: { userId: string } & Partial<NewFile>): Promise<File> {
  return withTransaction(db, async (tx) => {
    const [file] = await tx
      .insert(files)
      .values({ name: 'file.txt', mimeType: 'text/plain', size: 1, ...values })
      .returning();
    const { userId, id, mimeType, size } = file!;
    await tx.insert(fileVersions).values({ userId, fileId: id, number: 1, mimeType, size });
    return file!;
  });
}

export async function createTag(db: Database, values: { userId: string } & Partial<NewTag>): Promise<Tag> {
  const [tag] = await db
    .insert(tags)
    .values({ name: `tag-${randomUUID()}`, ...values })
    .returning();
  return tag!;
}

export async function tagFile(db: Database, file: File, tag: Tag): Promise<void> {
  await db.insert(fileTags).values({ userId: file.userId, fileId: file.id, tagId: tag.id });
}
