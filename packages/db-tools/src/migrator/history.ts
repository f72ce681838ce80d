import { DbError, EXIT } from '../errors.ts';
import { restoreFile } from '../mend-folder.ts';
import type { Direction, HistoryProblem, MigrationState, MigrationStatus } from './types.ts';

/** A row of drizzle's table, with what our side table knows about it. */
export interface HistoryRow {
  id: number;
  hash: string;
  /** The journal's `when`; drizzle allows NULL. */
  createdAt: number | null;
  tag?: string;
  appliedAt?: string;
  ms?: number;
}

/** What reconciliation needs of a file. */
export interface FileKey {
  tag: string;
  path: string;
  when: number;
  hash: string;
  otherHashes(): string[];
}

/** What our side tables add to drizzle's rows. */
export interface SideNotes {
  /** Tags that have recorded steps; those of a down file are under `<tag>.down`. */
  partial: ReadonlySet<string>;
  /** `when:tag` of files that may run although a newer one has; they may be corrected before they do. */
  outOfOrderAllowed: ReadonlySet<string>;
}

export interface HistoryEntry<File extends FileKey = FileKey> {
  file: File;
  state: Exclude<MigrationState, 'missing-file'>;
  /** Of a partial one; downwards it has a row still. */
  direction?: Direction;
  row?: HistoryRow;
}

export interface History<File extends FileKey = FileKey> {
  entries: HistoryEntry<File>[];
  /** Rows that no file accounts for. */
  strays: { row: HistoryRow; reason: 'missing-file' | 'duplicate' | 'null' }[];
  /** Tags with recorded steps that neither a file nor a row accounts for. */
  orphans: string[];
}

export const NO_NOTES: SideNotes = { partial: new Set(), outOfOrderAllowed: new Set() };

/**
 * Matches files and rows one to one: by stamp and hash, by stamp and the hash under other line ends, by stamp alone
 * (modified), by hash alone when that is unambiguous (restamped). What is left over is pending, partial, out of order,
 * or a row without a file. Pure.
 */
export function reconcile<File extends FileKey>(
  files: readonly File[],
  rows: readonly HistoryRow[],
  notes: SideNotes = NO_NOTES,
): History<File> {
  const open = new Set(rows);
  const matched = new Map<File, { row: HistoryRow; state: 'applied' | 'modified' | 'restamped' }>();
  const match = (file: File, row: HistoryRow, state: 'applied' | 'modified' | 'restamped') => {
    matched.set(file, { row, state });
    open.delete(row);
  };

  const byStamp = Map.groupBy(rows, (row) => row.createdAt);
  const openAt = (when: number) => (byStamp.get(when) ?? []).filter((row) => open.has(row));
  for (const file of files) {
    const same = openAt(file.when).find((row) => row.hash === file.hash);
    if (same) match(file, same, 'applied');
  }
  const unmatched = () => files.filter((file) => !matched.has(file));
  for (const file of unmatched()) {
    const candidates = openAt(file.when);
    if (candidates.length === 0) continue;
    const others = file.otherHashes();
    const same = candidates.find((row) => others.includes(row.hash));
    if (same) match(file, same, 'applied');
  }
  const duplicates = findDuplicates(open, [...matched.values()]);
  for (const row of duplicates) open.delete(row);
  for (const file of unmatched()) {
    const [row] = openAt(file.when);
    if (row) match(file, row, 'modified');
  }
  matchRestamped(files, unmatched(), open, match);

  const newest = Math.max(...rows.map((row) => row.createdAt ?? Number.NEGATIVE_INFINITY));
  const entries = files.map((file): HistoryEntry<File> => {
    const found = matched.get(file);
    if (found?.state === 'applied' && notes.partial.has(`${file.tag}.down`))
      return { file, row: found.row, state: 'partial', direction: 'down' };
    if (found) return { file, ...found };
    if (notes.partial.has(file.tag)) return { file, state: 'partial', direction: 'up' };
    const inOrder = file.when > newest || notes.outOfOrderAllowed.has(`${file.when}:${file.tag}`);
    return { file, state: inOrder ? 'pending' : 'out-of-order' };
  });
  const strays = rows
    .filter((row) => open.has(row) || duplicates.has(row))
    .map((row) => ({
      row,
      reason:
        row.createdAt === null
          ? ('null' as const)
          : duplicates.has(row)
            ? ('duplicate' as const)
            : ('missing-file' as const),
    }));
  return { entries, strays, orphans: findOrphans(files, rows, notes) };
}

function findOrphans(files: readonly FileKey[], rows: readonly HistoryRow[], { partial }: SideNotes): string[] {
  if (partial.size === 0) return [];
  const known = new Set([...files, ...rows].map(({ tag }) => tag));
  const orphans = [...partial].filter((tag) => !known.has(tag)).map((tag) => tag.replace(/\.down$/, ''));
  return [...new Set(orphans.filter((tag) => !known.has(tag)))];
}

function findDuplicates(open: Set<HistoryRow>, matched: { row: HistoryRow; state: string }[]): Set<HistoryRow> {
  const applied = new Set(matched.map(({ row }) => `${row.createdAt}:${row.hash}`));
  return new Set([...open].filter((row) => applied.has(`${row.createdAt}:${row.hash}`)));
}

/**
 * Files made from drizzle's empty template are equal; a hash that two files share says nothing about which was meant.
 */
function matchRestamped<File extends FileKey>(
  files: readonly File[],
  unmatched: readonly File[],
  open: Set<HistoryRow>,
  match: (file: File, row: HistoryRow, state: 'restamped') => void,
): void {
  if (open.size === 0 || unmatched.length === 0) return;
  const filesByHash = Map.groupBy(files, (file) => file.hash);
  const rowsByHash = Map.groupBy(open, (row) => row.hash);
  for (const file of unmatched) {
    if (filesByHash.get(file.hash)?.length !== 1) continue;
    const candidates = [file.hash, ...file.otherHashes()].flatMap((hash) => rowsByHash.get(hash) ?? []);
    const [row] = new Set(candidates);
    if (row && row.createdAt !== null && new Set(candidates).size === 1 && open.has(row)) match(file, row, 'restamped');
  }
}

/** The files that `migrate` runs, in order: what is applied in part is finished, what is pending begun. */
export function toRun<File extends FileKey>(history: History<File>): HistoryEntry<File>[] {
  return history.entries.filter(({ state, direction }) => state === 'pending' || direction === 'up');
}

/** Everything that stops a run, as a sentence and the command that settles it. */
export function findProblems(history: History): HistoryProblem[] {
  const problems = history.entries.flatMap((entry) => problemOf(entry) ?? []);
  return [...problems, ...history.strays.map(problemOfStray), ...history.orphans.map(problemOfOrphan)];
}

function problemOf({ file: { tag, path, when }, state, direction, row }: HistoryEntry): HistoryProblem | undefined {
  const code = 'history_mismatch';
  switch (state) {
    case 'partial':
      if (direction === 'up') return undefined;
      return {
        code: 'migration_partial',
        tag,
        message: `${tag} is reverted in part: some statements of its down file are committed.`,
        hint: `Finish it: pnpm db revert; or settle it by hand and tell what it is now: pnpm db repair --mark-pending ${tag} (or --mark-applied ${tag})`,
      };
    case 'modified':
      return {
        code,
        tag,
        message: `${tag}.sql was changed after it had been applied (its hash is no longer ${row?.hash.slice(0, 12)}…).`,
        hint: `Undo the edit (${restoreFile(path)}) and put the change into a new migration; if the edit changes nothing: pnpm db repair --accept ${tag}`,
      };
    case 'restamped':
      return {
        code,
        tag,
        message: `${tag} was applied under another time stamp (${iso(row?.createdAt)}; the journal says ${iso(when)}).`,
        hint: `pnpm db repair --restamp ${tag}`,
      };
    case 'out-of-order':
      return {
        code,
        tag,
        message: `${tag} is not applied, but a newer migration is: it came in by a merge, and drizzle would skip it without a word.`,
        hint: `Put it after the newest: pnpm db rebase; or, if it may run late: pnpm db repair --allow-out-of-order ${tag}`,
      };
    default:
      return undefined;
  }
}

function problemOfStray({ row, reason }: History['strays'][number]): HistoryProblem {
  const code = 'history_mismatch';
  const tag = strayTag(row);
  switch (reason) {
    case 'duplicate':
      return {
        code,
        tag,
        message: `${tag} is in the history more than once (row ${row.id}): it may have been applied twice, by two runners at a time.`,
        hint: 'Check the data that it inserted, then: pnpm db repair --dedupe',
      };
    case 'null':
      return {
        code,
        tag,
        message: `Row ${row.id} of the history has no created_at; drizzle applies every file again when it meets one.`,
        hint: `Find out which file it stands for, then: pnpm db repair --forget ${row.id}`,
      };
    case 'missing-file':
      return {
        code,
        tag,
        message: `${tag} is applied, but has no file here: these files are older than the database, or the file was deleted.`,
        hint: `Take the release that has the file, or restore it from git; if it is gone for good: pnpm db repair --forget ${row.id}`,
      };
  }
}

function problemOfOrphan(tag: string): HistoryProblem {
  return {
    code: 'steps_without_file',
    tag,
    message: `${tag} was interrupted, and has no file here: a newer release is at it, or the file was deleted or renamed.`,
    hint: `Bring the file back under that name and finish it: pnpm db migrate; or undo by hand what it did, then: pnpm db repair --mark-pending ${tag}`,
  };
}

/**
 * By name, what a newer build has applied, where nothing else keeps the history from matching and every file here is
 * applied: the build before it may go on beside it. Steps without a file are the newer build's if a runner is at work
 * (`busy`). Empty otherwise.
 */
export function findAhead({ entries, strays, orphans }: History, busy = false): string[] {
  const newest = Math.max(...entries.map(({ file }) => file.when));
  const isAhead =
    entries.length > 0 &&
    entries.every(({ state }) => state === 'applied') &&
    strays.every(({ row, reason }) => reason === 'missing-file' && row.createdAt! > newest) &&
    (busy || orphans.length === 0);
  return isAhead ? [...strays.map(({ row }) => strayTag(row)), ...orphans] : [];
}

/** Throws exit 3 unless the history matches the files. */
export function refuseMismatch(history: History, problems = findProblems(history)): void {
  const [first] = problems;
  if (!first) return;
  const rest =
    problems.length > 1
      ? `\n${problems
          .slice(1)
          .map((problem) => `${problem.message}\n  ${problem.hint}`)
          .join('\n')}`
      : '';
  throw new DbError(
    first.code,
    `The history in the database does not match the migration files. ${first.message}${rest}`,
    {
      exit: EXIT.check,
      hint: first.hint,
    },
  );
}

/** The lines of `status`: files in the order of the journal, then rows and steps without a file. */
export function describeHistory(history: History): MigrationStatus[] {
  return [
    ...history.entries.map(({ file, state, direction, row }) => ({
      tag: file.tag,
      state,
      ...(direction === undefined ? {} : { direction }),
      ...(row?.appliedAt === undefined ? {} : { appliedAt: row.appliedAt }),
      ...(row?.ms === undefined ? {} : { ms: row.ms }),
    })),
    ...history.strays
      .filter(({ reason }) => reason !== 'duplicate')
      .map(({ row }) => ({
        tag: strayTag(row),
        state: 'missing-file' as const,
        ...(row.appliedAt === undefined ? {} : { appliedAt: row.appliedAt }),
      })),
    ...history.orphans.map((tag) => ({ tag, state: 'missing-file' as const })),
  ];
}

function strayTag(row: HistoryRow): string {
  return row.tag ?? `unknown (row ${row.id}, ${iso(row.createdAt)})`;
}

function iso(when: number | null | undefined): string {
  return when === null || when === undefined ? 'no date' : new Date(when).toISOString();
}
