import { existsSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { shellPath, shownPath } from './command-line/shell-path.ts';
import { hasConflict } from './rebase/conflict-markers.ts';
import { openGit } from './rebase/git.ts';

/** What brings a file of the migrations folder back; the advice of every verb that misses it. */
export function restoreFile(path: string): string {
  return `git checkout -- ${shellPath(path)}`;
}

/** The same for a migration that the journal lists: nothing brings one back that git never saw. */
export function restoreMigration(path: string): string {
  const git = existsSync(path) ? undefined : openGit(dirname(path));
  const name = basename(path);
  if (!git || git.isTracked(name)) return restoreFile(path);
  const removal = git.lastCommit(name);
  if (removal) return `git checkout ${removal.slice(0, 12)}^ -- ${shellPath(path)}`;
  const snapshot = /^\d+/.exec(name)?.[0] ?? 'NNNN';
  return `It was never committed: delete its snapshot (meta/${snapshot}_snapshot.json), its down file and its entry in meta/_journal.json as well`;
}

/** Not in its own place: the shell would empty the file before iconv reads it. */
export function convertToUtf8(path: string): string {
  const file = shellPath(path);
  return `iconv -f latin1 -t utf-8 ${file} > ${shellPath(`${path}.utf8`)} && mv ${shellPath(`${path}.utf8`)} ${file}`;
}

/** Of a journal or snapshot that does not parse: what happened to it, and what to type. */
export function explainBrokenJson(path: string, text: string): { message: string; hint: string } {
  return hasConflict(text)
    ? { message: `A merge left both sides in ${shownPath(path)}.`, hint: 'pnpm db rebase' }
    : { message: `${shownPath(path)} is no JSON.`, hint: restoreFile(path) };
}
