import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = path.dirname(path.dirname(import.meta.dirname));
const sandbox = mkdtempSync(path.join(tmpdir(), 'affected-'));
const origin = path.join(sandbox, 'origin');

beforeAll(() => {
  mkdirSync(origin);
  const files = git(root, 'ls-files', '-z', '--cached', '--others', '--exclude-standard').split('\0');
  const needed =
    /^((apps|packages)\/[\w-]+\/(package\.json|src\/(main|index)\.ts)|scripts\/[\w-]+\.ts|docs\/README\.md|package\.json)$/;
  for (const file of files.filter((file) => needed.test(file) && existsSync(path.join(root, file)))) {
    cpSync(path.join(root, file), path.join(origin, file));
  }
  git(origin, 'init', '--quiet', '--initial-branch=main');
  for (const message of ['one', 'two', 'three']) commit(message, 'package.json');
});
afterAll(() => rmSync(sandbox, { recursive: true, force: true }));

test.each([
  [
    'a document',
    'docs/README.md',
    /affected: nothing[\s\S]*tsc -p scripts\n[\s\S]*--project=scripts\n$/,
    /turbo|--project=f/,
  ],
  [
    'a page whose migrations a test runs',
    'docs/guides/change-a-column-safely.md',
    /--project=scripts --project=db\n$/,
    /turbo/,
  ],
  [
    'a service',
    'apps/files/src/main.ts',
    /affected: @org\/files\.\n[\s\S]*--project=scripts --project=files\n$/,
    /identity/,
  ],
  [
    'what services share',
    'packages/service/src/index.ts',
    /--project=credits[\s\S]*--project=identity/,
    /--project=db-tools/,
  ],
  ['a file of the root', 'turbo.json', /concerns all of it[\s\S]*pnpm verify\n/, /--project/],
])('in a shallow clone, a change of %s is verified as far as it reaches', (_, file, verified, left) => {
  git(origin, 'switch', '--quiet', '--force-create', 'branch', 'main');
  commit('change', file);
  // The main branch goes on meanwhile.
  git(origin, 'switch', '--quiet', 'main');
  commit('four', 'package.json');
  const clone = path.join(sandbox, path.basename(file));
  git(sandbox, 'clone', '--quiet', '--depth=1', '--branch=branch', pathToFileURL(origin).href, clone);
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/verify-affected.ts', '--dry-run'], {
    cwd: clone,
    encoding: 'utf8',
  });
  expect(status, stderr).toBe(0);
  expect(stdout).toMatch(verified);
  expect(stdout).not.toMatch(left);
});

test('what is not committed yet counts too, and a workspace without tests is no project of them', () => {
  const clone = path.join(sandbox, 'uncommitted');
  git(sandbox, 'clone', '--quiet', '--branch=main', origin, clone);
  appendFileSync(path.join(clone, 'packages/tsconfig/package.json'), '\n');
  appendFileSync(path.join(clone, 'apps/credits/src/new.ts'), '\n');
  const { stdout } = spawnSync(process.execPath, ['scripts/verify-affected.ts', '--dry-run'], {
    cwd: clone,
    encoding: 'utf8',
  });
  expect(stdout).toMatch(/^2 files changed .*@org\/tsconfig/);
  expect(stdout).toMatch(/--project=credits /);
  expect(stdout).not.toContain('--project=tsconfig');
});

test('a file that moves from a service to another concerns both', () => {
  git(origin, 'switch', '--quiet', '--force-create', 'branch', 'main');
  commit('a file', 'apps/files/moved.ts');
  const clone = path.join(sandbox, 'moved');
  git(sandbox, 'clone', '--quiet', '--branch=branch', origin, clone);
  git(clone, 'mv', 'apps/files/moved.ts', 'apps/credits/moved.ts');
  git(clone, '-c', 'user.name=a', '-c', 'user.email=a@example.org', 'commit', '--quiet', '--message', 'move');
  const args = ['scripts/verify-affected.ts', '--base', 'HEAD~1', '--dry-run'];
  const { stdout } = spawnSync(process.execPath, args, { cwd: clone, encoding: 'utf8' });
  expect(stdout).toContain('affected: @org/credits, @org/files.');
});

function commit(message: string, file: string): void {
  mkdirSync(path.dirname(path.join(origin, file)), { recursive: true });
  appendFileSync(path.join(origin, file), '\n');
  git(origin, 'add', '--all');
  git(origin, '-c', 'user.name=a', '-c', 'user.email=a@example.org', 'commit', '--quiet', '--message', message);
}

function git(cwd: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync('git', args, { cwd, encoding: 'utf8', maxBuffer: 1 << 26 });
  if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
  return stdout.trim();
}
