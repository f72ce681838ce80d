/**
 * `pnpm verify:affected [--base origin/main] [--dry-run]`: `pnpm verify` for what a branch changes, committed or not,
 * and all that depends on it. Fetches what a shallow clone lacks, so that the place where the branch began is known;
 * what it cannot find out is verified as a whole.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { findBase } from './git-base.ts';

const root = path.dirname(import.meta.dirname);
const { values: options } = parseArgs({
  options: { base: { type: 'string', default: 'origin/main' }, 'dry-run': { type: 'boolean', default: false } },
});

/** The page whose migrations the tests of another project run. */
const READERS: Record<string, string> = { 'docs/guides/change-a-column-safely.md': 'db' };

const base = findBase(root, options.base);
const changed = base === undefined ? undefined : listChanged(base);
if (base === undefined || changed === undefined || changed.some(concernsAll)) {
  console.log(
    base === undefined
      ? `Where the branch left ${options.base} is not known: all of it.`
      : 'The change concerns all of it.',
  );
  pnpm('verify');
} else {
  const affected = listAffected(changed);
  console.log(
    `${changed.length} files changed since ${base.slice(0, 10)}; affected: ${affected.map(({ name }) => name).join(', ') || 'nothing'}.`,
  );
  pnpm('exec', 'biome', 'ci', '.');
  pnpm('exec', 'knip');
  if (affected.length > 0) {
    const filters = affected.map(({ name }) => `--filter=${name}`);
    pnpm('exec', 'turbo', 'run', 'typecheck', 'build', ...filters);
  }
  // Scripts import packages, and their tests read the whole repository: its pages, manifests and workflows.
  pnpm('exec', 'tsc', '-p', 'scripts');
  const projects = affected.filter(hasTests).map(({ folder }) => path.basename(folder));
  const readers = changed.flatMap((file) => READERS[file] ?? []);
  const all = new Set(['scripts', ...projects, ...readers]);
  pnpm('exec', 'vitest', 'run', ...[...all].map((name) => `--project=${name}`));
}

/** Both places of a file that was moved, which also asks for no file's content: a clone may be without. */
function listChanged(base: string): string[] | undefined {
  const changed = git('diff', '--name-only', '--no-renames', base);
  const added = git('ls-files', '--others', '--exclude-standard');
  return changed === undefined || added === undefined ? undefined : `${changed}\n${added}`.split('\n').filter(Boolean);
}

/** Files of the root, of scripts and of workflows are everybody's; documents are of scripts alone. */
function concernsAll(file: string): boolean {
  return !/^(apps|packages|docs|\.changeset)\//.test(file) && !file.endsWith('.md');
}

interface Workspace {
  name: string;
  folder: string;
  dependencies: string[];
}

/** Workspaces with a changed file, and those that depend on one, over any number of steps. */
function listAffected(files: string[]): Workspace[] {
  const workspaces = ['apps', 'packages'].flatMap((parent) =>
    readdirSync(path.join(root, parent)).map((name) => read(`${parent}/${name}`)),
  );
  const affected = new Set(workspaces.filter(({ folder }) => files.some((file) => file.startsWith(`${folder}/`))));
  for (let size = -1; size !== affected.size; ) {
    size = affected.size;
    for (const workspace of workspaces) {
      if ([...affected].some(({ name }) => workspace.dependencies.includes(name))) affected.add(workspace);
    }
  }
  return [...affected];
}

/** Whether vitest.config.ts makes a project of it. */
function hasTests({ folder }: Workspace): boolean {
  return ['src', 'test'].some((name) => existsSync(path.join(root, folder, name)));
}

function read(folder: string): Workspace {
  const { name, dependencies, devDependencies } = JSON.parse(
    readFileSync(path.join(root, folder, 'package.json'), 'utf8'),
  );
  return { name, folder, dependencies: Object.keys({ ...dependencies, ...devDependencies }) };
}

function git(...args: string[]): string | undefined {
  const { status, stdout } = spawnSync('git', args, { cwd: root, encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

function pnpm(...args: string[]): void {
  if (options['dry-run']) {
    console.log(`pnpm ${args.join(' ')}`);
    return;
  }
  const { status } = spawnSync('pnpm', args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
