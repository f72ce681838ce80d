/**
 * `pnpm check:migrations [--base origin/main] [--report FILE]`: what has to hold before a change of the schema is merged. On a server of
 * its own, or on TEST_DATABASE_URL's:
 *
 * 1. `db check` and `db lint` of what is new since the base;
 * 2. migrations on an empty database, and on the base's schema with its seeds in it;
 * 3. `db test-down` of what is new;
 * 4. the base's own tests of its services on the new schema: the release that still runs while the new one is rolled out.
 *
 * Writes the plan with its locks, as Markdown, to FILE. Does nothing when no migration is new.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { connect } from '@org/db-tools/connect';
import { startTestServer } from '@org/db-tools/testing';
import { withDatabase } from '@org/db-tools/url';
import { findBase } from './git-base.ts';
import { listServices } from './services.ts';

const root = path.dirname(import.meta.dirname);
const folder = 'packages/db/migrations';
const { values: options } = parseArgs({
  options: {
    base: { type: 'string', default: 'origin/main' },
    report: { type: 'string', default: '.local/migrations.md' },
  },
});

const base = findBase(root, options.base);
if (base === undefined) {
  console.error(
    `HEAD and ${options.base} have no commit in common that is known here. Name another: pnpm check:migrations --base HEAD~1`,
  );
  process.exit(2);
}
const isNew = run('git', ['diff', '--name-only', base, '--', folder], { quiet: true }).trim() !== '';
const report = (text: string) => {
  const file = path.resolve(root, options.report);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `${text}\n`);
};
report('The migrations were not checked to the end: the log of the run says why.');
step('db check', () => db(['check', '--base', base, '--offline']));
if (!isNew) {
  report('No migration is new.');
  console.log(`No migration is new since ${base.slice(0, 10)}.`);
  process.exit();
}
step('db lint', () => db(['lint', '--base', base]));

const before = path.join(mkdtempSync(path.join(tmpdir(), 'base-')), 'repository');
const server = await startTestServer();
const sql = await connect(server.url);
const suffix = process.pid;
const [empty, filled] = [`migrations_empty_${suffix}`, `migrations_filled_${suffix}`];
try {
  for (const name of [empty, filled]) await sql.unsafe(`create database ${name}`);
  step('on an empty database', () => db(['migrate', '--url', withDatabase(server.url, empty)]));
  step('the base, with its seeds', () => {
    run('git', ['worktree', 'add', '--quiet', '--detach', before, base]);
    run('pnpm', ['install', '--frozen-lockfile', '--prefer-offline', '--silent'], { cwd: before, quiet: true });
    const url = withDatabase(server.url, filled);
    run('pnpm', ['db', 'migrate', '--url', url], { cwd: before });
    run('pnpm', ['db', 'seed', '--url', url, '--target', `${new URL(url).hostname}/${filled}`], { cwd: before });
  });
  step('plan', () => {
    const plan = run('pnpm', ['--silent', 'db', 'plan', '--url', withDatabase(server.url, filled)], { quiet: true });
    // Longer than any in a migration, which could end the block otherwise.
    const fence = '`'.repeat(Math.max(3, ...[...plan.matchAll(/`+/g)].map(([ticks]) => ticks.length + 1)));
    report(`### What the new migrations will do\n\n${fence}\n${plan.trim()}\n${fence}`);
  });
  step('on the schema of the base with data', () => db(['migrate', '--url', withDatabase(server.url, filled)]));
  step('db test-down', () =>
    db(['test-down'], { TEST_DATABASE_URL: server.url, DATABASE_URL: withDatabase(server.url, filled) }),
  );
  step('the tests of the base on the new schema', () => {
    rmSync(path.join(before, folder), { recursive: true });
    cpSync(path.join(root, folder), path.join(before, folder), { recursive: true });
    const had = new Set(readdirSync(path.join(before, 'apps')));
    const projects = listServices(root)
      .filter(({ name }) => had.has(name))
      .map(({ name }) => `--project=${name}`);
    run('pnpm', ['exec', 'vitest', 'run', ...projects], { cwd: before, env: { TEST_DATABASE_URL: server.url } });
  });
} finally {
  for (const name of [empty, filled]) await sql.unsafe(`drop database if exists ${name} with (force)`);
  await sql.end({ timeout: 1 });
  await server.stop();
  spawnSync('git', ['worktree', 'remove', '--force', before], { cwd: root });
  rmSync(path.dirname(before), { recursive: true, force: true });
}
process.exit();

function db(args: string[], env: NodeJS.ProcessEnv = {}): void {
  run('pnpm', ['db', ...args], { env });
}

function step(what: string, act: () => void): void {
  console.log(`\n=== ${what}`);
  act();
}

/** Returns what it printed with `quiet`, else prints it. Throws when it fails. */
function run(
  program: string,
  args: string[],
  how: { cwd?: string; env?: NodeJS.ProcessEnv; quiet?: boolean } = {},
): string {
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: how.cwd ?? root,
    env: { ...process.env, ...how.env },
    encoding: 'utf8',
    stdio: ['ignore', how.quiet ? 'pipe' : 'inherit', how.quiet ? 'pipe' : 'inherit'],
  });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}. ${stderr ?? ''}`);
  return (stdout ?? '') + (args.includes('plan') ? (stderr ?? '') : '');
}
