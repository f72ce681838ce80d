import { randomUUID } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { shellPath } from '../command-line/shell-path.ts';
import { DbError, EXIT } from '../errors.ts';
import { explainBrokenJson, restoreFile, restoreMigration } from '../mend-folder.ts';
import { emptySnapshot, type Snapshot } from './snapshot.ts';

export interface JournalEntry {
  idx: number;
  version: string;
  when: number;
  tag: string;
  breakpoints: boolean;
}

interface Journal {
  version: string;
  dialect: string;
  entries: JournalEntry[];
}

/** A folder as drizzle-kit 0.31 lays it out: `NNNN_name.sql`, `meta/NNNN_snapshot.json`, `meta/_journal.json`. */
export interface MigrationFolder {
  directory: string;
  journal: Journal;
  /** The newest snapshot, which the schema is compared with. */
  last: Snapshot;
}

/**
 * Reads the folder; one that does not exist is an empty one. Throws a DbError (exit 3) when it does not hold one line
 * of migrations: a journal that is no JSON or names a number twice, a file too few or too many, two snapshots with one
 * parent.
 */
export function readMigrationFolder(directory: string): MigrationFolder {
  const journal = readJournal(directory);
  const numbers = new Set<number>();
  for (const { idx, tag } of journal.entries) {
    if (numbers.has(idx)) throw collision(`The journal has two migrations with the number ${idx}`);
    numbers.add(idx);
    if (!existsSync(join(directory, `${tag}.sql`))) {
      throw mismatch(
        `The journal names ${tag}, but there is no ${tag}.sql.`,
        restoreMigration(join(directory, `${tag}.sql`)),
      );
    }
  }
  const snapshots = readSnapshots(directory);
  for (const [number, { file }] of snapshots) {
    if (numbers.has(number)) continue;
    throw mismatch(`${file} belongs to no migration of the journal.`, `If nothing needs it: rm ${shellPath(file)}`);
  }
  refuseForks([...snapshots.values()]);
  const last = [...snapshots.values()].at(-1)?.snapshot ?? emptySnapshot();
  return { directory, journal, last };
}

/** The tag that a migration of this name would have. */
export function nextTag({ journal }: MigrationFolder, name: string): string {
  return `${numberOf(nextIndex(journal))}_${name}`;
}

/**
 * Adds a migration under its `nextTag`. Either everything is written or nothing: files get their names when they are
 * complete, without ever replacing one, and the journal comes last.
 */
export function writeMigration(
  folder: MigrationFolder,
  { tag, sql, down, snapshot }: { tag: string; sql: string; down: string; snapshot: Snapshot },
): void {
  const { directory, journal } = folder;
  const idx = nextIndex(journal);
  // Strictly increasing: drizzle skips a migration that is not younger than the last one applied.
  const when = Math.max(Date.now(), ...journal.entries.map((entry) => entry.when + 1));
  const entry: JournalEntry = { idx, version: '7', when, tag, breakpoints: true };
  const next: Journal = { ...journal, entries: [...journal.entries, entry] };

  mkdirSync(join(directory, 'meta'), { recursive: true });
  const written: string[] = [];
  try {
    if (idx === 0) placeAttributes(directory, written);
    place(join(directory, 'meta', `${numberOf(idx)}_snapshot.json`), JSON.stringify(snapshot, null, 2), written);
    place(join(directory, `${tag}.down.sql`), down, written);
    place(join(directory, `${tag}.sql`), sql, written);
    const draft = draftOf(journalFile(directory));
    written.push(draft);
    writeFileSync(draft, JSON.stringify(next, null, 2));
    renameSync(draft, journalFile(directory));
  } catch (cause) {
    for (const file of written) rmSync(file, { force: true });
    if (cause instanceof DbError) throw cause;
    throw new DbError('write_failed', `${directory} cannot be written: ${(cause as Error).message}`, {
      hint: `ls -ld ${shellPath(directory)}`,
      cause,
    });
  }
}

function nextIndex({ entries }: Journal): number {
  return (entries.at(-1)?.idx ?? -1) + 1;
}

function numberOf(idx: number): string {
  return String(idx).padStart(4, '0');
}

/** With the first migration: drizzle knows a file by its bytes, and a snapshot that git merged is none. */
function placeAttributes(directory: string, written: string[]): void {
  const file = join(directory, '.gitattributes');
  if (existsSync(file)) return;
  place(file, '*.sql text eol=lf\nmeta/*_snapshot.json linguist-generated merge=binary\n', written);
}

/** link() fails where rename() would silently replace the file of another run. */
function place(file: string, content: string, written: string[]): void {
  const draft = draftOf(file);
  try {
    writeFileSync(draft, content);
    linkSync(draft, file);
    written.push(file);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    throw mismatch(`${file} exists already.`, 'Once no other one is running: pnpm db generate');
  } finally {
    rmSync(draft, { force: true });
  }
}

function draftOf(file: string): string {
  return `${file}.${randomUUID()}.tmp`;
}

function journalFile(directory: string): string {
  return join(directory, 'meta', '_journal.json');
}

function readJournal(directory: string): Journal {
  const file = journalFile(directory);
  if (!existsSync(file)) return { version: '7', dialect: 'postgresql', entries: [] };
  const journal = readJson(file) as Journal;
  if (!Array.isArray(journal.entries)) throw mismatch(`${file} has no list of entries.`, restoreFile(file));
  return journal;
}

function readSnapshots(directory: string): Map<number, { file: string; snapshot: Snapshot }> {
  const meta = join(directory, 'meta');
  const files = existsSync(meta) ? readdirSync(meta).filter((name) => /^\d+_snapshot\.json$/.test(name)) : [];
  return new Map(
    files.sort().map((name) => {
      const file = join(meta, name);
      return [Number.parseInt(name, 10), { file, snapshot: readJson(file) as Snapshot }];
    }),
  );
}

function refuseForks(snapshots: { file: string; snapshot: Snapshot }[]): void {
  const children = new Map<string, string>();
  for (const { file, snapshot } of snapshots) {
    const sibling = children.get(snapshot.prevId);
    if (sibling) throw collision(`${sibling} and ${file} follow the same snapshot`);
    children.set(snapshot.prevId, file);
  }
}

function readJson(file: string): unknown {
  const text = readFileSync(file, 'utf8');
  try {
    return JSON.parse(text);
  } catch (cause) {
    const { message, hint } = explainBrokenJson(file, text);
    throw mismatch(message, hint, cause);
  }
}

function collision(problem: string): DbError {
  return new DbError('snapshot_collision', `${problem}: two branches each added a migration.`, {
    exit: EXIT.check,
    hint: 'pnpm db rebase',
  });
}

function mismatch(message: string, hint: string, cause?: unknown): DbError {
  return new DbError('journal_mismatch', message, { exit: EXIT.check, hint, cause });
}
