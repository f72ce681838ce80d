/**
 * `pnpm check:migrations [--base origin/main] [--report FILE]`: what has to hold before a change of the schema is
 * merged. On a server of its own, or on TEST_DATABASE_URL's:
 *
 * 1. `db check` and `db lint` of what is new since the base;
 * 2. migrations on an empty database, and on the base's schema with its seeds in it;
 * 3. `db test-down` of what is new;
 * 4. the base's own tests of its services on the new schema: the release that still runs while the new one is rolled
 *    out.
 *
 * Writes the plan with its locks, and what failed, as Markdown to FILE. Exit 1 at the first that fails; nothing but
 * `db check` when no migration is new.
 */
import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
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
const reportFile = path.resolve(root, options.report);

const base = findBase(root, options.base);
if (base === undefined) {
  console.error(
    `HEAD and ${options.base} have no commit in common that is known here. Name another: pnpm check:migrations --base HEAD~1`,
  );
  process.exit(2);
}
mkdirSync(path.dirname(reportFile), { recursive: true });
writeFileSync(reportFile, '');
try {
  await check(base);
} catch (error) {
  const { message } = error as Error;
  console.error(`\nFAIL  ${message}`);
  appendFileSync(reportFile, `\n**Failed:** ${message.split('\n')[0]} The log of the run says more.\n`);
  process.exit(1);
}
process.exit();

async function check(base: string): Promise<void> {
  step('db check', () => db(['check', '--base', base, '--offline']));
  if (run('git', ['diff', '--name-only', base, '--', folder], { quiet: true }).trim() === '') {
    writeFileSync(reportFile, 'No migration is new.\n');
    console.log(`No migration is new since ${base.slice(0, 10)}.`);
    return;
  }
  step('db lint', () => db(['lint', '--base', base]));

  const before = path.join(mkdtempSync(path.join(tmpdir(), 'base-')), 'repository');
  const server = await startTestServer();
  const sql = await connect(server.url);
  const [empty, filled] = ['empty', 'filled'].map((name) => `migrations_${name}_${process.pid}`) as [string, string];
  // Not by --url, since pnpm prints the arguments.
  const on = (name: string) => {
    const url = withDatabase(server.url, name);
    return { TEST_DATABASE_URL: server.url, DATABASE_URL: url, DATABASE_URL_DIRECT: url };
  };
  try {
    for (const name of [empty, filled]) await sql.unsafe(`create database ${name}`);
    step('on an empty database', () => db(['migrate'], on(empty)));
    step('the base, with its seeds', () => {
      run('git', ['worktree', 'add', '--quiet', '--detach', before, base]);
      run('pnpm', ['install', '--frozen-lockfile', '--prefer-offline', '--silent'], { cwd: before, quiet: true });
      run('pnpm', ['db', 'migrate'], { cwd: before, env: on(filled) });
      const target = `${new URL(server.url).hostname}/${filled}`;
      run('pnpm', ['db', 'seed', '--target', target], { cwd: before, env: on(filled) });
    });
    step('plan', () => writePlan(run('pnpm', ['--silent', 'db', 'plan'], { quiet: true, env: on(filled) })));
    // Of what is pending there, hence before it is applied.
    step('db test-down', () => db(['test-down'], on(filled)));
    step('on the schema of the base with data', () => db(['migrate'], on(filled)));
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
}

/** In a block that no migration can end, whatever is written in it. */
function writePlan(plan: string): void {
  const fence = '`'.repeat(Math.max(3, ...[...plan.matchAll(/`+/g)].map(([ticks]) => ticks.length + 1)));
  writeFileSync(reportFile, `### What the new migrations will do\n\n${fence}\n${plan.trim()}\n${fence}\n`);
}

function db(args: string[], env: NodeJS.ProcessEnv = {}): void {
  run('pnpm', ['db', ...args], { env });
}

/** The first that fails ends it all, by its name. */
function step(name: string, act: () => void): void {
  console.log(`\n=== ${name}`);
  try {
    act();
  } catch (error) {
    throw new Error(`${name}: ${(error as Error).message}`);
  }
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
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}.\n${stderr ?? ''}`.trim());
  return (stdout ?? '') + (args.includes('plan') ? (stderr ?? '') : '');
}
