import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { shellPath, shownPath } from '../command-line/shell-path.ts';
import { explainBrokenJson, restoreFile } from '../mend-folder.ts';
import type { CheckFinding } from './finding.ts';

/** The migrations folder as it lies there, right or wrong. */
export interface Folder {
  directory: string;
  /** Undefined when it cannot be read; `problem` says why. */
  entries?: Entry[];
  problem?: CheckFinding;
  /** Names of the .sql files, without .down.sql. */
  files: string[];
  downFiles: string[];
  snapshots: string[];
  /** The path of a file as people read it. */
  path(name: string): string;
  /** The same as a word of a shell. */
  shell(name: string): string;
  /** What brings it back. */
  restore(name: string): string;
  bytes(name: string): Buffer;
}

/** An entry of the journal; nothing about its fields is sure. */
interface Entry {
  idx?: unknown;
  when?: unknown;
  tag?: unknown;
}

export function readFolder(directory: string): Folder {
  const list = (folder: string) => (existsSync(folder) ? readdirSync(folder).sort() : []);
  const files = list(directory).filter((name) => name.endsWith('.sql'));
  const path = (name: string) => shownPath(join(directory, name));
  const folder: Folder = {
    directory,
    files: files.filter((name) => !name.endsWith('.down.sql')),
    downFiles: files.filter((name) => name.endsWith('.down.sql')),
    snapshots: list(join(directory, 'meta')).filter((name) => name.endsWith('_snapshot.json')),
    path,
    shell: (name) => shellPath(join(directory, name)),
    restore: (name) => restoreFile(join(directory, name)),
    bytes: (name) => readFileSync(join(directory, name)),
  };
  return { ...folder, ...readJournal(folder) };
}

function readJournal({ directory, files, path }: Folder): { entries: Entry[] } | { problem: CheckFinding } {
  const name = 'meta/_journal.json';
  const file = join(directory, name);
  const problem = (code: string, message: string, fix: string) => ({ problem: { code, at: path(name), message, fix } });
  if (!existsSync(file)) {
    // A project without a migration yet.
    if (files.length === 0) return { entries: [] };
    return problem(
      'journal-missing',
      'There are migrations, but no journal that says in which order they run.',
      restoreFile(file),
    );
  }
  const text = readFileSync(file, 'utf8');
  try {
    const { entries } = JSON.parse(text) as { entries?: Entry[] };
    if (Array.isArray(entries) && entries.every((entry) => entry && typeof entry === 'object')) return { entries };
    return problem('journal-unreadable', 'It has no list of entries.', restoreFile(file));
  } catch {
    const { message, hint } = explainBrokenJson(file, text);
    return problem('journal-unreadable', message, hint);
  }
}
