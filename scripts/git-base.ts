import { spawnSync } from 'node:child_process';

/**
 * The commit of this repository where HEAD left `ref`, such as `origin/main` or `HEAD~1`; a shallow clone gets the
 * history that it lacks first. Undefined when there is none.
 */
export function findBase(root: string, ref: string): string | undefined {
  const git = (...args: string[]): string | undefined => {
    const { status, stdout } = spawnSync('git', args, { cwd: root, encoding: 'utf8' });
    return status === 0 ? stdout.trim() : undefined;
  };
  const found = git('merge-base', ref, 'HEAD');
  if (found) return found;
  if (git('rev-parse', '--is-shallow-repository') === 'true') git('fetch', '--quiet', '--unshallow', 'origin', 'HEAD');
  const [, branch] = /^origin\/(.+)$/.exec(ref) ?? [];
  if (branch) git('fetch', '--quiet', 'origin', `+refs/heads/${branch}:refs/remotes/origin/${branch}`);
  return git('merge-base', ref, 'HEAD');
}
