import { isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { shellPath } from '../command-line/shell-path.ts';
import { DbError, EXIT } from '../errors.ts';
import { convertToUtf8, explainBrokenJson, restoreFile, restoreMigration } from '../mend-folder.ts';

/** One entry of the journal with its file. */
export interface MigrationFile {
  tag: string;
  path: string;
  /** Milliseconds; drizzle writes it into `created_at`. */
  when: number;
  /** sha256 of the file, in hex, as drizzle computes it. */
  hash: string;
  /** The hashes that the same text has with other line ends: a checkout may change them. */
  otherHashes(): string[];
  /** The text, without a byte order mark. */
  sql(): string;
}

export interface JournalEntry {
  tag: string;
  when: number;
}

/**
 * The migrations of a drizzle-kit folder in the order of its journal.
 * Throws when journal and files do not belong together: a file that the journal lacks would never run, and nobody would
 * notice.
 */
export function readMigrations(directory: string): MigrationFile[] {
  const journal = readJournal(directory);
  refuseUnlisted(directory, journal);
  const seen = new Map<string, string>();
  return journal.map((entry) => {
    const file = readMigration(directory, entry);
    const key = `${file.when}:${file.hash}`;
    const twin = seen.get(key);
    if (twin !== undefined) {
      throw folderError(
        `${twin}.sql and ${file.tag}.sql have the same content and the same "when" in the journal, so their rows cannot be told apart.`,
        `Delete one of them from ${join(directory, 'meta/_journal.json')} and from the folder.`,
      );
    }
    seen.set(key, file.tag);
    return file;
  });
}

/** The journal alone: cheap enough for a readiness probe. */
export function readJournal(directory: string): JournalEntry[] {
  const path = join(directory, 'meta', '_journal.json');
  const entries = parseJournal(path);
  const tags = new Set<string>();
  for (const entry of entries) {
    // JSON may hold anything.
    const { tag, when }: Partial<JournalEntry> = entry ?? {};
    if (typeof tag !== 'string' || !/^[^/\\]+$/.test(tag) || !Number.isSafeInteger(when)) {
      throw folderError(`${path} has an entry without a usable "tag" and "when".`, restoreFile(path));
    }
    if (tags.has(tag)) throw folderError(`${path} lists ${tag} twice.`, `Remove one of the two entries.`);
    tags.add(tag);
  }
  return entries;
}

function parseJournal(path: string): JournalEntry[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    const next = hasMigrations(dirname(dirname(path)))
      ? restoreFile(path)
      : 'Write the first migration: pnpm db generate';
    throw folderError(`There is no journal at ${path}.`, next, cause);
  }
  try {
    const { entries } = JSON.parse(text) as { entries?: JournalEntry[] };
    if (Array.isArray(entries)) return entries;
  } catch (cause) {
    const { message, hint } = explainBrokenJson(path, text);
    throw folderError(message, hint, cause);
  }
  throw folderError(`${path} has no list of entries.`, restoreFile(path));
}

function hasMigrations(directory: string): boolean {
  return existsSync(directory) && readdirSync(directory).some((name) => /^\d+_.*\.sql$/.test(name));
}

function refuseUnlisted(directory: string, journal: JournalEntry[]): void {
  const listed = new Set(journal.map((entry) => `${entry.tag}.sql`));
  const stray = readdirSync(directory).find(
    (name) => /^\d+_.*\.sql$/.test(name) && !name.endsWith('.down.sql') && !listed.has(name),
  );
  if (stray === undefined) return;
  throw folderError(
    `${stray} is not in meta/_journal.json, so it would never run.`,
    `Create such files with: pnpm db generate --custom (or: rm ${shellPath(join(directory, stray))})`,
  );
}

/** The file of one entry. */
export function readMigration(directory: string, { tag, when }: JournalEntry): MigrationFile {
  const path = join(directory, `${tag}.sql`);
  let text: string;
  try {
    text = readText(path);
  } catch (cause) {
    if (cause instanceof DbError) throw cause;
    throw folderError(`The journal lists ${tag}, but ${path} cannot be read.`, restoreMigration(path), cause);
  }
  return {
    tag,
    path,
    when,
    hash: sha256(text),
    otherHashes() {
      const lf = text.replaceAll('\r\n', '\n');
      return [sha256(lf), sha256(lf.replaceAll('\n', '\r\n'))];
    },
    sql: () => text.replace(/^\uFEFF/, ''),
  };
}

/**
 * The SQL of a file, without a byte order mark. Throws exit 3 for one that is not UTF-8: it would arrive in the
 * database altered.
 */
export function readSql(path: string): string {
  return readText(path).replace(/^\uFEFF/, '');
}

function readText(path: string): string {
  // Half the time of reading bytes, which counts with a thousand files.
  const text = readFileSync(path, 'utf8');
  if (text.includes('\uFFFD') && !isUtf8(readFileSync(path)))
    throw folderError(`${path} is not UTF-8.`, convertToUtf8(path));
  return text;
}

/** The files up to a tag, or all of them. Throws exit 1 for a tag that is not there. */
export function filesUpTo(files: MigrationFile[], to: string | undefined): Set<MigrationFile> {
  if (to === undefined) return new Set(files);
  const last = files.findIndex((file) => file.tag === to);
  if (last === -1)
    throw new DbError('unknown_tag', `There is no migration ${to}.`, {
      hint: 'The tags are listed by: pnpm db status',
    });
  return new Set(files.slice(0, last + 1));
}

/** Of the UTF-8 bytes, in hex. */
export function sha256(content: string): string {
  return hash('sha256', content);
}

function folderError(message: string, hint: string, cause?: unknown): DbError {
  return new DbError('migrations_folder', message, { exit: EXIT.check, hint, cause });
}
