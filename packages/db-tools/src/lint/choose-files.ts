import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { shellPath, shownPath } from '../command-line/shell-path.ts';
import { DbError, EXIT, usageError } from '../errors.ts';
import type { Snapshot } from '../generate/snapshot.ts';
import { readJournal } from '../migrator/read-files.ts';
import type { LintContext, LintInput } from './lint-file.ts';

/** What is linted, with what lies around it. */
export interface Choice {
  files: LintInput[];
  context: LintContext;
}

/**
 * The files given on the command line: paths, or tags of the folder. Throws a DbError `usage` for one that is not
 * there.
 */
export function chooseGiven(directory: string, names: string[]): Choice {
  const paths = names.map((name) => {
    const candidates = [resolve(name), join(directory, name), join(directory, `${name}.sql`)];
    const found = candidates.find((path) => statSync(path, { throwIfNoEntry: false })?.isFile());
    if (found) return found;
    throw usageError(`There is no file ${name}.`, `pnpm db lint ${shellPath(join(directory, '0001_name.sql'))}`);
  });
  const tags = paths.map((path) => (isIn(directory, path) ? basename(path, '.sql') : undefined));
  if (hasJournal(directory) && tags.every((tag) => tag !== undefined)) {
    const chosen = chooseTags(directory, tags);
    if (chosen.files.length === paths.length) return chosen;
  }
  return { files: paths.map((path) => readInput(path)), context: {} };
}

/** Files of the folder by their tags, in the order of the journal. */
export function chooseTags(directory: string, tags: string[]): Choice {
  const journal = readTags(directory);
  const chosen = journal.filter((tag) => tags.includes(tag));
  const first = chosen.length === 0 ? journal.length : journal.indexOf(chosen[0]!);
  const earlier = journal.slice(0, first);
  const before = lastSnapshot(directory, earlier);
  const after = lastSnapshot(directory, journal.slice(0, journal.indexOf(chosen.at(-1) ?? '') + 1));
  return {
    files: chosen.map((tag) => join(directory, `${tag}.sql`)).map(readInput),
    context: {
      earlier: () => earlier.map((tag) => readText(join(directory, `${tag}.sql`))),
      ...(before ? { before } : {}),
      ...(after ? { after } : {}),
    },
  };
}

export function chooseAll(directory: string): Choice {
  return chooseTags(directory, readTags(directory));
}

/** Where a branch left the main line, tried in this order. */
export const MAIN_LINES = ['origin/HEAD', 'origin/main', 'origin/master', 'main', 'master'];

/**
 * The files that the work since `base` (else since the main line) adds or changes, committed or not; undefined outside
 * of a git repository and where there is no main line. Throws a DbError `base_missing` for a base that git does not
 * know.
 */
export function chooseChanged(directory: string, base?: string): (Choice & { base: string }) | undefined {
  const git = (...args: string[]) => run(directory, args);
  const found =
    base === undefined ? MAIN_LINES.find((name) => git('rev-parse', '--verify', '-q', `${name}^{commit}`)) : base;
  if (found === undefined) {
    // A checkout of CI that holds one commit: to take everything for new would let everything pass.
    if (git('rev-parse', '--is-shallow-repository') === 'true') throw baseMissing('the main line');
    return undefined;
  }
  const from = git('merge-base', found, 'HEAD');
  if (!from) throw baseMissing(found);
  // Paths as git prints them here begin at the folder itself.
  const changed = git('diff', '--name-only', '--relative', '--diff-filter=d', from, '--', '.') ?? '';
  const untracked = git('ls-files', '--others', '--exclude-standard', '--', '.') ?? '';
  const names = `${changed}\n${untracked}`.split('\n').filter((name) => /^[^/]+\.sql$/.test(name));
  return {
    ...chooseTags(
      directory,
      names.map((name) => basename(name, '.sql')),
    ),
    base: found,
  };
}

function baseMissing(base: string): DbError {
  return new DbError('base_missing', `git knows no commit that this branch and ${base} have in common.`, {
    exit: EXIT.decision,
    hint: 'git fetch --unshallow origin (in GitHub Actions: fetch-depth: 0) — or name a commit: --base origin/main',
  });
}

/** What git prints, trimmed; undefined when it fails or there is none. */
function run(cwd: string, args: string[]): string | undefined {
  try {
    const quiet = ['-c', 'core.quotePath=false', ...args];
    return execFileSync('git', quiet, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}

/** A project without a migration yet has none to lint. */
function readTags(directory: string): string[] {
  return hasJournal(directory) ? readJournal(directory).map(({ tag }) => tag) : [];
}

function hasJournal(directory: string): boolean {
  return existsSync(join(directory, 'meta', '_journal.json'));
}

function isIn(directory: string, path: string): boolean {
  return existsSync(directory) && realpathSync(join(path, '..')) === realpathSync(directory);
}

function readInput(path: string): LintInput {
  return { path: shownPath(path), sql: readText(path) };
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch (cause) {
    throw new DbError('file_unreadable', `${path} cannot be read: ${(cause as Error).message}.`, {
      hint: `ls -ld ${shellPath(path)}`,
      cause,
    });
  }
}

function lastSnapshot(directory: string, tags: string[]): Snapshot | undefined {
  for (const tag of tags.toReversed()) {
    const path = join(directory, 'meta', `${tag.split('_')[0]}_snapshot.json`);
    try {
      if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as Snapshot;
    } catch {
      // A broken snapshot is a finding of db check; without it the rules know less.
      return undefined;
    }
  }
  return undefined;
}
