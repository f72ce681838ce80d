import { isDeepStrictEqual } from 'node:util';
import { DbError, EXIT } from '../errors.ts';
import type { JournalEntry } from '../generate/migration-folder.ts';
import { emptySnapshot, type Snapshot } from '../generate/snapshot.ts';
import { sha256 } from '../migrator/read-files.ts';
import { mergeSnapshots, type SnapshotConflict } from './merge-snapshots.ts';
import type { Side } from './read-sides.ts';

/** The folder as it is to be. */
export interface RebasePlan {
  /** Tags of the main line. */
  theirs: string[];
  moved: MovedMigration[];
  conflicts: (SnapshotConflict & { tag: string })[];
  /** Every file of the folder that was read, as it is to be; null for one that goes. */
  files: Map<string, Buffer | null>;
}

export interface MovedMigration {
  /** Its tag before, and what its row in a history says. */
  from: string;
  when: number;
  hash: string;
  to: string;
}

interface Found {
  entry: JournalEntry;
  side: Side;
  hash: string;
}

/**
 * The main line first, then what the sides have beyond it: renumbered and, where it has to be, restamped, the SQL as it
 * is, the snapshots rebuilt in a chain. A migration that two sides have, be it under other numbers, is one. Pure but
 * for what the sides read. Throws a DbError `rebase_impossible` (exit 3) where a file is missing on every side.
 */
export function planRebase(main: Side, sides: Side[]): RebasePlan {
  const theirs = main.entries.map((entry) => find(main, entry));
  const mine = collect(sides, theirs);
  const plan: RebasePlan = { theirs: theirs.map(({ entry }) => entry.tag), moved: [], conflicts: [], files: new Map() };
  for (const side of sides)
    for (const { tag } of side.entries) for (const file of filesOf(tag)) plan.files.set(file, null);

  const entries: JournalEntry[] = [];
  let last = emptySnapshot();
  for (const { entry } of theirs) {
    for (const file of filesOf(entry.tag)) plan.files.set(file, main.read(file) ?? null);
    entries.push(entry);
    last = readSnapshot(main, entry) ?? last;
  }
  for (const found of mine) {
    const { entry, side, hash } = found;
    const idx = entries.length === 0 ? 0 : entries.at(-1)!.idx + 1;
    const tag = `${String(idx).padStart(4, '0')}_${entry.tag.replace(/^\d+_/, '')}`;
    const when = Math.max(entry.when, ...entries.map((other) => other.when + 1));
    const { snapshot, conflicts } = rebuildSnapshot(side, entry, last);
    plan.conflicts.push(...conflicts.map((conflict) => ({ ...conflict, tag })));
    if (tag !== entry.tag || when !== entry.when) plan.moved.push({ from: entry.tag, when: entry.when, hash, to: tag });
    plan.files.set(`${tag}.sql`, read(side, `${entry.tag}.sql`));
    plan.files.set(`${tag}.down.sql`, side.read(`${entry.tag}.down.sql`) ?? null);
    plan.files.set(snapshotFile(tag), toJson(snapshot));
    entries.push({ ...entry, idx, tag, when });
    last = snapshot;
  }
  plan.files.set('meta/_journal.json', writeJournal([main, ...sides], entries));
  return plan;
}

/** What the sides have beyond the main line, each once. */
function collect(sides: Side[], theirs: Found[]): Found[] {
  const mine: Found[] = [];
  for (const side of sides) {
    for (const entry of side.entries) {
      const isKnown = [...theirs, ...mine].some(
        (other) => other.entry.tag === entry.tag && other.entry.when === entry.when,
      );
      if (isKnown) continue;
      const found = find(side, entry);
      if (![...theirs, ...mine].some(({ hash }) => hash === found.hash)) mine.push(found);
    }
  }
  return mine;
}

function find(side: Side, entry: JournalEntry): Found {
  return { side, entry, hash: sha256(read(side, `${entry.tag}.sql`).toString('utf8')) };
}

/** The change that it made to the snapshot before it, made to the one that it follows now. */
function rebuildSnapshot(side: Side, entry: JournalEntry, onto: Snapshot) {
  const own = readSnapshot(side, entry);
  if (!own) throw impossible(snapshotFile(entry.tag));
  const index = side.entries.indexOf(entry);
  const before = side.entries.slice(0, index).findLast((other) => side.read(snapshotFile(other.tag)));
  const parent = before ? readSnapshot(side, before)! : emptySnapshot();
  if (isDeepStrictEqual(parent, onto) || (parent.id === onto.id && own.prevId === onto.id)) {
    return { snapshot: own, conflicts: [] };
  }
  const { snapshot, conflicts } = mergeSnapshots(parent, own, onto);
  return { snapshot: { ...snapshot, id: own.id, prevId: onto.id }, conflicts };
}

function readSnapshot(side: Side, { tag }: JournalEntry): Snapshot | undefined {
  const bytes = side.read(snapshotFile(tag));
  if (!bytes) return undefined;
  try {
    return JSON.parse(bytes.toString('utf8')) as Snapshot;
  } catch (cause) {
    throw impossible(snapshotFile(tag), cause);
  }
}

function read(side: Side, file: string): Buffer {
  const bytes = side.read(file);
  if (bytes) return bytes;
  throw impossible(file);
}

function impossible(file: string, cause?: unknown): DbError {
  return new DbError('rebase_impossible', `${file} is missing or broken on the side of the merge that lists it.`, {
    exit: EXIT.check,
    hint: `Look for it: git log --all --oneline -- '*${file}'`,
    cause,
  });
}

function filesOf(tag: string): string[] {
  return [`${tag}.sql`, `${tag}.down.sql`, snapshotFile(tag)];
}

function snapshotFile(tag: string): string {
  return `meta/${tag.split('_')[0]}_snapshot.json`;
}

function writeJournal(sides: Side[], entries: JournalEntry[]): Buffer {
  const { entries: _, ...head } = JSON.parse(sides[0]!.read('meta/_journal.json')!.toString('utf8'));
  return toJson({ ...head, entries });
}

function toJson(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value, null, 2));
}
