import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkFiles } from '../check/check-files.ts';
import { checkJournal } from '../check/check-journal.ts';
import { checkSnapshots } from '../check/check-snapshots.ts';
import { readFolder } from '../check/folder.ts';
import type { JournalEntry } from '../generate/migration-folder.ts';
import { hasConflict, splitConflict } from './conflict-markers.ts';
import type { Git } from './git.ts';

/** The folder as one side of a merge has it. */
export interface Side {
  entries: JournalEntry[];
  /** The bytes of one of its files. */
  read(file: string): Buffer | undefined;
}

const JOURNAL = 'meta/_journal.json';

/**
 * Everything that was merged: the other side first, ours last. One side alone when the folder is one line of
 * migrations, as after a rebase. A commit is read from git, whatever the merge made of its files.
 */
export function readSides(directory: string, git: Git | undefined): Side[] {
  const here = readFileHere(directory);
  if (isOneLine(directory)) return [toSide(here)!];
  const sides = versionsOf(git).map((version) => toSide((file) => git!.read(version, file)));
  if (sides.length === 0 && git && git.unmerged().length > 0) sides.push(...readStages(git, here));
  if (sides.length === 0) sides.push(...readMarkers(here));
  sides.push(toSide(here));
  return sides.filter((side) => side !== undefined);
}

/** A side of the folder as a commit has it; undefined when it has no journal there. */
export function readCommit(git: Git, commit: string): Side | undefined {
  return toSide((file) => git.read(commit, file));
}

/** A merge, a rebase or a cherry-pick that is under way, or a merge that was committed. */
function versionsOf(git: Git | undefined): string[] {
  if (!git) return [];
  const other = ['MERGE_HEAD', 'REBASE_HEAD', 'CHERRY_PICK_HEAD'].find((name) => git.commit(name));
  if (other) return [other, 'HEAD'];
  return git.commit('HEAD^2') ? ['HEAD^2', 'HEAD^1'] : [];
}

/** What `git stash pop` leaves: stage 2 is what was there, stage 3 what came. A file without a conflict is of both. */
function readStages(git: Git, here: Side['read']): (Side | undefined)[] {
  const unmerged = new Set(git.unmerged());
  return [':2', ':3'].map((stage) => toSide((file) => (unmerged.has(file) ? git.read(stage, file) : here(file))));
}

function readMarkers(here: Side['read']): (Side | undefined)[] {
  return (['theirs', 'ours'] as const).map((name) =>
    toSide((file) => {
      const bytes = here(file);
      const sides = bytes && splitConflict(bytes.toString('utf8'));
      return sides ? Buffer.from(sides[name]) : bytes;
    }),
  );
}

function toSide(read: Side['read']): Side | undefined {
  const bytes = read(JOURNAL);
  if (!bytes) return undefined;
  try {
    const { entries } = JSON.parse(bytes.toString('utf8')) as { entries?: JournalEntry[] };
    return Array.isArray(entries) ? { entries, read } : undefined;
  } catch {
    return undefined;
  }
}

function readFileHere(directory: string): Side['read'] {
  return (file) => {
    const path = join(directory, file);
    return existsSync(path) ? readFileSync(path) : undefined;
  };
}

function isOneLine(directory: string): boolean {
  const folder = readFolder(directory);
  if (!folder.entries) return false;
  const findings = [...checkJournal(folder), ...checkFiles(folder), ...checkSnapshots(folder)];
  const isBroken = findings.some(({ code }) => /^(numbers|when|tag|entry|snapshot|file-(missing|unlisted))/.test(code));
  return (
    !isBroken &&
    ![...folder.files, ...folder.downFiles].some((name) => hasConflict(folder.bytes(name).toString('utf8')))
  );
}
