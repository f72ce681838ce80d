import { inArray } from 'drizzle-orm';
import {
  files,
  fileTags,
  fileVersions,
  type NewFile,
  type NewFileTag,
  type NewFileVersion,
  type NewTag,
  tags,
} from '../../schema/files/index.ts';
import type { Transaction } from '../../transaction.ts';
import { insertMissing } from '../insert-missing.ts';
import type { Written } from '../run.ts';
import { seedId, seedTimestamps } from './fixed.ts';
import { seedFolderId, TRASHED_AT } from './folders.ts';
import { DEMO, MEMBER } from './users.ts';

interface Series {
  userId: string;
  /** Undefined at the root. */
  folder?: string;
  count: number;
  name: (n: number) => string;
  mimeType: string;
  /** Bytes of the first version of the first file; the others are near it. */
  size: number;
  tags?: string[];
  deletedAt?: Date;
}

const SERIES: Series[] = [
  { userId: DEMO, count: 4, name: (n) => `Note ${n}.md`, mimeType: 'text/markdown', size: 1_200 },
  {
    userId: DEMO,
    folder: 'Documents/Contracts/2026',
    count: 12,
    name: (n) => `Contract 2026-${pad(n, 2)}.pdf`,
    mimeType: 'application/pdf',
    size: 240_000,
    tags: ['contract', 'important'],
  },
  {
    userId: DEMO,
    folder: 'Documents/Invoices',
    count: 45,
    name: (n) => `Invoice ${pad(n, 4)}.pdf`,
    mimeType: 'application/pdf',
    size: 81_000,
    tags: ['invoice'],
  },
  {
    userId: DEMO,
    folder: 'Photos/2026/Summer/Lake',
    count: 70,
    name: (n) => `IMG_${pad(n, 4)}.jpg`,
    mimeType: 'image/jpeg',
    size: 3_400_000,
    tags: ['photo'],
  },
  {
    userId: DEMO,
    folder: 'Projects/Website/Assets',
    count: 24,
    name: (n) => `icon-${pad(n, 2)}.svg`,
    mimeType: 'image/svg+xml',
    size: 2_600,
    tags: ['website'],
  },
  // Larger than 32 bits hold.
  {
    userId: DEMO,
    folder: 'Projects',
    count: 1,
    name: () => 'backup.tar',
    mimeType: 'application/x-tar',
    size: 5_368_709_120,
  },
  {
    userId: DEMO,
    folder: 'Drafts/Old',
    count: 3,
    name: (n) => `Draft ${n}.md`,
    mimeType: 'text/markdown',
    size: 900,
    deletedAt: TRASHED_AT,
  },
  {
    userId: MEMBER,
    folder: 'Documents/Reports',
    count: 6,
    name: (n) => `Report ${n}.pdf`,
    mimeType: 'application/pdf',
    size: 150_000,
    tags: ['report', 'important'],
  },
];

export async function seedFiles(tx: Transaction, users: Set<string>, folders: Set<string>): Promise<Written> {
  const rows = SERIES.flatMap(toRows);
  const wanted = rows
    .map(({ file }) => file)
    .filter((file) => users.has(file.userId) && (!file.folderId || folders.has(file.folderId)));
  const writtenFiles = await insertMissing(tx, files, wanted);
  const writtenTags = await insertMissing(
    tx,
    tags,
    uniqueTags(rows).filter((tag) => users.has(tag.userId)),
  );
  const fileIds = await idsOf(tx, files, wanted);
  const tagIds = await idsOf(tx, tags, uniqueTags(rows));
  return {
    'files.files': writtenFiles,
    'files.tags': writtenTags,
    'files.file_versions': await insertMissing(
      tx,
      fileVersions,
      rows.flatMap((row) => row.versions).filter((row) => fileIds.has(row.fileId)),
    ),
    'files.file_tags': await insertMissing(
      tx,
      fileTags,
      rows.flatMap((row) => row.fileTags).filter((row) => fileIds.has(row.fileId) && tagIds.has(row.tagId)),
    ),
  };
}

interface Rows {
  file: NewFile;
  versions: NewFileVersion[];
  tags: NewTag[];
  fileTags: NewFileTag[];
}

function toRows(series: Series, seriesIndex: number): Rows[] {
  return Array.from({ length: series.count }, (_, index) => toRow(series, index + 1, 100 + seriesIndex * 100 + index));
}

function toRow(series: Series, n: number, hours: number): Rows {
  const { userId, folder, mimeType, deletedAt } = series;
  const name = series.name(n);
  const id = seedId(`file ${userId} ${folder ?? ''}/${name}`);
  // Every third file has a second version, every ninth a third.
  const versionCount = 1 + Number(n % 3 === 0) + Number(n % 9 === 0);
  const versions = Array.from({ length: versionCount }, (_, index) => ({
    id: seedId(`version ${id} ${index + 1}`),
    userId,
    fileId: id,
    number: index + 1,
    mimeType,
    size: series.size + n * 37 + index * 211,
    ...seedTimestamps(hours + index * 24),
  }));
  const fileTagRows = (series.tags ?? []).map((tag) => ({
    userId,
    fileId: id,
    tagId: tagId(userId, tag),
    ...seedTimestamps(hours),
  }));
  return {
    file: {
      id,
      userId,
      folderId: folder ? seedFolderId(userId, folder) : null,
      name,
      mimeType,
      size: versions.at(-1)!.size,
      metadata: mimeType === 'image/jpeg' ? { width: 4032, height: 3024, source: 'camera' } : {},
      version: versionCount,
      deletedAt,
      createdAt: versions[0]!.createdAt,
      updatedAt: versions.at(-1)!.updatedAt,
    },
    versions,
    tags: (series.tags ?? []).map((tag) => ({ id: tagId(userId, tag), userId, name: tag, ...seedTimestamps(90) })),
    fileTags: fileTagRows,
  };
}

function tagId(userId: string, name: string): string {
  return seedId(`tag ${userId} ${name}`);
}

function uniqueTags(rows: Rows[]): NewTag[] {
  return [...new Map(rows.flatMap((row) => row.tags).map((tag) => [tag.id, tag])).values()];
}

async function idsOf(
  tx: Transaction,
  table: typeof files | typeof tags,
  rows: { id?: string }[],
): Promise<Set<string>> {
  const ids = rows.map((row) => row.id!);
  const found = await tx.select({ id: table.id }).from(table).where(inArray(table.id, ids));
  return new Set(found.map((row) => row.id));
}

function pad(n: number, digits: number): string {
  return String(n).padStart(digits, '0');
}
