import { inArray } from 'drizzle-orm';
import { folders, type NewFolder } from '../../schema/files/index.ts';
import type { Transaction } from '../../transaction.ts';
import { insertMissing } from '../insert-missing.ts';
import type { Written } from '../run.ts';
import { seedId, seedTime, seedTimestamps } from './fixed.ts';
import { DEMO, MEMBER } from './users.ts';

/**
 * When the trash of the demo account was filled: one moment for the folder and what was in it, as the service does it.
 */
export const TRASHED_AT = seedTime(2_000);

const TREES: { userId: string; paths: string[]; deletedAt?: Date }[] = [
  {
    userId: DEMO,
    paths: [
      'Documents',
      'Documents/Contracts',
      'Documents/Contracts/2025',
      'Documents/Contracts/2026',
      'Documents/Invoices',
      'Photos',
      'Photos/2025',
      'Photos/2026',
      'Photos/2026/Summer',
      'Photos/2026/Summer/Lake',
      'Projects',
      'Projects/Website',
      'Projects/Website/Assets',
    ],
  },
  { userId: DEMO, paths: ['Drafts', 'Drafts/Old'], deletedAt: TRASHED_AT },
  { userId: MEMBER, paths: ['Documents', 'Documents/Reports'] },
];

export function seedFolderId(userId: string, path: string): string {
  return seedId(`folder ${userId} ${path}`);
}

/** `present` are the ids that are there; what has lost its parent is left out. */
export async function seedFolders(
  tx: Transaction,
  users: Set<string>,
): Promise<{ written: Written; present: Set<string> }> {
  const rows = TREES.flatMap((tree) => tree.paths.map((path, n) => toRow(tree.userId, path, n, tree.deletedAt)));
  const present = new Set<string>();
  let written = 0;
  // Level by level, so that each finds its parents.
  for (let level = 1; rows.some(({ depth }) => depth >= level); level++) {
    const batch = rows
      .filter(
        ({ depth, row }) => depth === level && users.has(row.userId) && (!row.parentId || present.has(row.parentId)),
      )
      .map(({ row }) => row);
    written += await insertMissing(tx, folders, batch);
    const ids = batch.map((row) => row.id!);
    const found = await tx.select({ id: folders.id }).from(folders).where(inArray(folders.id, ids));
    for (const { id } of found) present.add(id);
  }
  return { written: { 'files.folders': written }, present };
}

function toRow(userId: string, path: string, n: number, deletedAt?: Date): { depth: number; row: NewFolder } {
  const names = path.split('/');
  const parent = names.slice(0, -1).join('/');
  return {
    depth: names.length,
    row: {
      id: seedFolderId(userId, path),
      userId,
      parentId: parent ? seedFolderId(userId, parent) : null,
      name: names.at(-1)!,
      deletedAt,
      ...seedTimestamps(10 + n),
    },
  };
}
