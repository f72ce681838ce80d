import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { killDeployed } from '../deploy/processes.ts';
import { type } from './type.ts';

const run = promisify(execFile);

/** A clone of the last commit, on the branch main, after what `pnpm dev` does before the services start. */
export async function makeClone(root: string, clone: string): Promise<void> {
  await run('git', ['clone', '--quiet', root, clone]);
  await git(clone, 'checkout', '--quiet', '-B', 'main');
  await git(clone, 'tag', 'begin');
  await git(clone, 'config', 'user.name', 'Ada');
  await git(clone, 'config', 'user.email', 'ada@example.org');
  await type(clone, 'pnpm install');
  await type(clone, 'pnpm db prepare');
}

/** Files, branch and database as at the beginning; what is installed stays, unless the lock file was another. */
export async function beginAnew(clone: string): Promise<void> {
  stopDeployed(clone);
  const installed = await git(clone, 'show', 'begin:pnpm-lock.yaml');
  const changed = readFileSync(path.join(clone, 'pnpm-lock.yaml'), 'utf8') !== installed;
  await git(clone, 'reset', '--quiet', '--hard');
  await git(clone, 'checkout', '--quiet', '-B', 'main', 'begin');
  const manifests = (await git(clone, 'ls-files', 'package.json', '*/package.json')).trim().split('\n');
  const modules = manifests.map((file) => `/${path.join(path.dirname(file), 'node_modules')}`);
  await git(clone, 'clean', '--quiet', '-fdx', ...['/.local/postgres', ...modules].flatMap((keep) => ['-e', keep]));
  if (changed) await type(clone, 'pnpm install');
  await type(clone, 'pnpm db reset --yes');
}

export async function stopClone(clone: string): Promise<void> {
  stopDeployed(clone);
  await type(clone, 'pnpm db stop').catch(() => {});
}

/** What `pnpm run deploy` started and a guide did not get to the end of. */
function stopDeployed(clone: string): void {
  killDeployed(path.join(clone, '.local/deploy'));
}

async function git(clone: string, ...args: string[]): Promise<string> {
  const { stdout } = await run('git', ['-C', clone, ...args], { maxBuffer: 1 << 26 });
  return stdout;
}
