import { execFileSync } from 'node:child_process';

/** The repository around a folder. Every path is relative to the folder. */
export interface Git {
  /** The commit of a name; undefined when there is none. */
  commit(name: string): string | undefined;
  /** The youngest commit that both have in common. */
  mergeBase(a: string, b: string): string | undefined;
  isAncestor(a: string, b: string): boolean;
  /** The bytes of a file in a commit (`main`), or of a stage of the index (`:3`). */
  read(version: string, file: string): Buffer | undefined;
  /** Whether the index has a file. */
  isTracked(file: string): boolean;
  /** The last commit that changed a file, its removal included. */
  lastCommit(file: string): string | undefined;
  /** Files with a conflict that nobody has resolved. */
  unmerged(): string[];
  /** Takes the folder as it is for resolved. */
  stage(): void;
}

/** Undefined outside of a repository. */
export function openGit(folder: string): Git | undefined {
  const git = (...args: string[]) => run(folder, args);
  const text = (...args: string[]) =>
    git(...args)
      ?.toString('utf8')
      .trim();
  const prefix = text('rev-parse', '--show-prefix');
  if (prefix === undefined) return undefined;
  return {
    commit: (name) => text('rev-parse', '--verify', '-q', `${name}^{commit}`) || undefined,
    mergeBase: (a, b) => text('merge-base', a, b) || undefined,
    isAncestor: (a, b) => git('merge-base', '--is-ancestor', a, b) !== undefined,
    read: (version, file) => git('cat-file', 'blob', `${version}:${prefix}${file}`),
    isTracked: (file) => Boolean(text('--literal-pathspecs', 'ls-files', '--', file)),
    lastCommit: (file) => text('--literal-pathspecs', 'rev-list', '-1', 'HEAD', '--', file) || undefined,
    unmerged: () =>
      [...new Set(text('diff', '--name-only', '--relative', '--diff-filter=U', '-z')?.split('\0') ?? [])].filter(
        Boolean,
      ),
    stage: () => void git('add', '-A', '--', '.'),
  };
}

/** What git prints; undefined when it fails or there is none. */
function run(cwd: string, args: string[]): Buffer | undefined {
  try {
    return execFileSync('git', args, { cwd, stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 1 << 28 });
  } catch {
    return undefined;
  }
}
