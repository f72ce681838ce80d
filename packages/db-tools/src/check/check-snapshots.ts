import { ORIGIN } from '../generate/snapshot.ts';
import type { CheckFinding } from './finding.ts';
import type { Folder } from './folder.ts';

/** The snapshots are one line: each follows the one before it, from drizzle's origin to the last migration. */
export function checkSnapshots(folder: Folder): CheckFinding[] {
  const { entries, snapshots, path } = folder;
  if (!entries) return [];
  const numbers = entries.flatMap(({ tag }) => (typeof tag === 'string' ? [tag.split('_')[0]!] : []));
  const findings: CheckFinding[] = [];
  const add = (code: string, name: string, message: string, fix: string) =>
    findings.push({ code, at: path(`meta/${name}`), message, fix });
  for (const number of numbers) {
    const name = `${number}_snapshot.json`;
    if (snapshots.includes(name)) continue;
    add(
      'snapshot-missing',
      name,
      'The journal lists its migration, but it is not there.',
      folder.restore(`meta/${name}`),
    );
  }
  for (const name of snapshots) {
    if (numbers.includes(name.split('_')[0]!)) continue;
    add('snapshot-unlisted', name, 'It belongs to no migration of the journal.', `rm ${folder.shell(`meta/${name}`)}`);
  }
  checkLine(folder, add);
  return findings;
}

function checkLine(folder: Folder, add: (code: string, name: string, message: string, fix: string) => void): void {
  const ids = new Map<string, string>([[ORIGIN, '']]);
  const parents = new Map<string, string>();
  let previous = ORIGIN;
  for (const name of folder.snapshots) {
    const snapshot = readSnapshot(folder, name);
    if (!snapshot) {
      add(
        'snapshot-unreadable',
        name,
        'It is no snapshot, as after a merge with conflicts.',
        `pnpm db rebase — or: ${folder.restore(`meta/${name}`)}`,
      );
      return;
    }
    const { id, prevId } = snapshot;
    const sibling = parents.get(prevId);
    const twin = ids.get(id);
    if (twin !== undefined) add('snapshot-twice', name, `It has the id of ${twin || 'the origin'}.`, 'pnpm db rebase');
    else if (sibling)
      add(
        'snapshot-fork',
        name,
        `It follows the same snapshot as ${sibling}: two branches each added a migration.`,
        'pnpm db rebase',
      );
    else if (!ids.has(prevId))
      add(
        'snapshot-orphan',
        name,
        'The snapshot that it follows is not there.',
        `git log --diff-filter=D -- ${folder.shell('meta')} — or: pnpm db rebase`,
      );
    else if (prevId !== previous)
      add(
        'snapshot-order',
        name,
        `It follows ${ids.get(prevId) || 'the origin'}, not the one before it.`,
        'pnpm db rebase',
      );
    ids.set(id, name);
    parents.set(prevId, name);
    previous = id;
  }
}

function readSnapshot({ bytes }: Folder, name: string): { id: string; prevId: string } | undefined {
  try {
    const { id, prevId, tables } = JSON.parse(bytes(`meta/${name}`).toString('utf8'));
    return typeof id === 'string' && typeof prevId === 'string' && tables ? { id, prevId } : undefined;
  } catch {
    return undefined;
  }
}
