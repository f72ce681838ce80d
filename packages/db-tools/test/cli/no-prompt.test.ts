import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { verbs } from '../../src/command-line/verbs.ts';
import { lockKey } from '../../src/migrator/lock.ts';
import { createProject, type Project } from './project.ts';

// Each verb is a process, and a loaded machine starts them slowly.
vi.setConfig({ testTimeout: 180_000 });

const CLI = join(import.meta.dirname, '..', '..', 'src', 'cli.ts');
// Node has no pseudo-terminal; script(1) is part of util-linux, which Debian calls essential.
const SCRIPT = 'script';
const hasScript = spawnSync(SCRIPT, ['--version']).status === 0;
if (!hasScript && process.env.CI && process.platform === 'linux')
  throw new Error('script is missing: apt-get install bsdutils');
if (!hasScript) console.warn('There is no script(1) of util-linux, so the tests in a terminal are skipped.');

const SHARED = 'postgres://app:s3cret@db.example.com/app';

/**
 * Every verb where it has something to ask, if it ever asks: a column that may be renamed, a lock that is held, a table
 * to lose. With what it ends, since nobody answers.
 */
const CASES: Record<string, { args?: (facts: { pid: number }) => string[]; exit: number }> = {
  start: { args: () => ['--config', 'missing.ts'], exit: 1 },
  stop: { exit: 0 },
  url: { exit: 0 },
  create: { exit: 0 },
  drop: { exit: 2 },
  prepare: { exit: 0 },
  generate: { exit: 2 },
  migrate: { exit: 0 },
  plan: { exit: 0 },
  status: { args: () => ['--exit-code'], exit: 0 },
  repair: { args: () => ['--mark-pending', '0000_init'], exit: 2 },
  unlock: { args: ({ pid }) => ['--terminate', String(pid)], exit: 2 },
  roles: { exit: 2 },
  check: { args: () => ['--offline'], exit: 3 },
  diagram: { args: () => ['--check'], exit: 3 },
  doctor: { exit: 0 },
  lint: { args: () => ['0000_init'], exit: 0 },
  drift: { exit: 0 },
  revert: { exit: 2 },
  'test-down': { exit: 0 },
  rebase: { exit: 2 },
  baseline: { exit: 0 },
  push: { exit: 2 },
  seed: { args: () => ['reference'], exit: 0 },
  reset: { exit: 2 },
  backup: { args: () => ['verify', 'missing.dump'], exit: 1 },
  restore: { args: () => ['missing.dump'], exit: 1 },
  studio: { args: () => ['--url', SHARED], exit: 5 },
};

let project: Project;
let lock: { pid: number; release(): Promise<void> };
beforeAll(async () => {
  project = createProject();
  project.write('migrations/0000_init.down.sql', 'drop schema sales cascade; drop table countries;');
  const prepared = await project.db(['prepare']);
  expect(prepared.exit, prepared.stderr).toBe(0);
  project.edit('schema/index.ts', 'name: text()', 'title: text()');
  const { classId, objectId } = lockKey({ schema: 'drizzle', table: '__drizzle_migrations' });
  lock = await project.hold(`select pg_advisory_lock(${classId}, ${objectId})`);
}, 60_000);
afterAll(async () => {
  await lock.release();
  await project.remove();
});

test('every verb has its case', () => {
  expect(Object.keys(CASES).sort()).toEqual(Object.keys(verbs).sort());
});

describe('nothing prompts, nothing hangs, nothing changes', () => {
  const all = Object.keys(CASES);
  const asking = all.filter((verb) => CASES[verb]!.exit === 2);

  test('with stdin closed', () => runAll(all, (line) => run('sh', ['-c', `${line} 0<&-`])));

  // Verbs that ask nothing are run so by the other tests.
  test('with stdin from /dev/null', () => runAll(asking, (line) => run('sh', ['-c', `${line} </dev/null`])));

  test.skipIf(!hasScript)('in a terminal with CI set', () =>
    runAll(all, (line) => run(SCRIPT, ['-qec', line, '/dev/null'], { env: { CI: 'true' } })),
  );
});

test.skipIf(!hasScript).each([
  ['Enter', '\r'],
  ['Ctrl-D', '\u0004'],
])('in a terminal without CI it does ask, even if its size is not known, and %s is no', async (_, answer) => {
  const line = 'stty cols 0; "$NODE" "$CLI" drop; echo "ended drop $?"';
  const output = await run(SCRIPT, ['-qec', line, '/dev/null'], { answer });
  expect(output).toMatch(/Go on\?[\s\S]*that was not confirmed\.[\s\S]*ended drop 2/);
});

/** Runs the verbs one after the other in one shell: each ends as it should, and nothing is changed. */
async function runAll(names: string[], runLine: (line: string) => Promise<string>): Promise<void> {
  const before = await everything();
  const lines = names.map((verb) => {
    const words = [verb, ...(CASES[verb]!.args?.({ pid: lock.pid }) ?? [])];
    return `"$NODE" "$CLI" ${words.join(' ')}; echo "ended ${verb} $?"`;
  });
  const output = await runLine(`{ ${lines.join('; ')}; }`);
  const ended = [...output.matchAll(/ended (\S+) (\d+)/g)].map(([, verb, exit]) => [verb, Number(exit)]);
  expect(Object.fromEntries(ended), output).toEqual(Object.fromEntries(names.map((verb) => [verb, CASES[verb]!.exit])));
  expect(output).not.toContain('s3cret');
  expect(await everything()).toEqual(before);
}

/**
 * What the program prints until it ends, or is ended after two and a half minutes; `answer` is typed at the first
 * question.
 */
async function run(
  program: string,
  args: string[],
  { env = {}, answer }: { env?: Record<string, string>; answer?: string } = {},
): Promise<string> {
  const child = spawn(program, args, {
    cwd: project.directory,
    env: {
      PATH: process.env.PATH!,
      HOME: process.env.HOME!,
      TERM: 'xterm',
      DATABASE_URL: project.url,
      TEST_DATABASE_URL: process.env.TEST_DATABASE_URL!,
      NODE: process.execPath,
      CLI,
      ...env,
    },
    // Kept open: an end of input would answer a question.
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: 150_000,
    killSignal: 'SIGKILL',
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (part) => {
      output += part;
      if (answer && output.includes('Go on?')) child.stdin.end(answer);
    });
  }
  await once(child, 'close');
  return output;
}

/** The data of the database, and the files of the project. */
async function everything() {
  const tables = ['drizzle.__drizzle_migrations', 'countries', 'sales.orders'];
  const rows = await Promise.all(tables.map((table) => project.query(`select * from ${table} order by 1`)));
  return { rows: rows.map((each) => [...each]), files: project.migrations() };
}
