/**
 * `pnpm test:migrations`: runs `pnpm check:migrations` as .github/workflows/migrations.yml does for a pull request, in
 * a shallow clone of the last commit with one migration more: one that holds, then one whose way back does not work.
 * Exit 0 when the first passed every step, and the second was stopped by name.
 */
import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const root = path.dirname(import.meta.dirname);
const sandbox = mkdtempSync(path.join(tmpdir(), 'migrations-'));
const clone = path.join(sandbox, 'clone');
try {
  run(sandbox, 'git', 'clone', '--quiet', '--depth=1', pathToFileURL(root).href, clone);
  run(clone, 'pnpm', 'install', '--frozen-lockfile', '--prefer-offline');

  expect(check('HEAD'), 0, ['No migration is new since']);

  run(clone, 'pnpm', 'db', 'generate', '--custom', '--name', 'of_a_test');
  write('sql', 'CREATE SCHEMA "of_a_test";');
  write('down.sql', 'DROP SCHEMA "of_a_test";');
  commit('Add a migration');
  const steps = [
    'db lint',
    'on an empty database',
    'the base, with its seeds',
    'db test-down',
    'on the schema of the base',
  ];
  expect(check(), 0, [...steps.map((name) => `=== ${name}`), /proved +0\d+_of_a_test/, /Tests .*\d+ passed/]);
  const report = readFileSync(path.join(clone, 'migrations.md'), 'utf8');
  if (!/### What .*\n\n```\n.*of_a_test .*CREATE SCHEMA "of_a_test".*\n```\n$/s.test(report)) throw new Error(report);
  console.log('ok    a migration that holds, and its plan');

  write('down.sql', 'DROP SCHEMA "of_another_test";');
  commit('Break its way back');
  expect(check('HEAD~2'), 1, [/FAIL {2}db test-down: pnpm db test-down ended with 3/]);
  if (!readFileSync(path.join(clone, 'migrations.md'), 'utf8').includes('**Failed:** db test-down'))
    throw new Error(report);
  console.log('ok    one whose way back does not work is refused');
} finally {
  rmSync(sandbox, { recursive: true, force: true });
}

function check(base = 'HEAD~1') {
  return spawnSync('pnpm', ['check:migrations', '--base', base, '--report', 'migrations.md'], {
    cwd: clone,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' },
    maxBuffer: 1 << 26,
  });
}

function expect({ status, stdout, stderr }: ReturnType<typeof check>, code: number, said: (string | RegExp)[]): void {
  const all = stdout + stderr;
  const missing = said.filter((text) => (typeof text === 'string' ? !all.includes(text) : !text.test(all)));
  if (status !== code || missing.length > 0)
    throw new Error(
      `check:migrations ended with ${status}, not ${code}, or did not say ${missing.join(', ')}:\n${all}`,
    );
}

/** Into the newest migration. */
function write(extension: string, content: string): void {
  const [file] = globSync(`packages/db/migrations/*_of_a_test.${extension}`, { cwd: clone });
  writeFileSync(path.join(clone, file!), `${content}\n`);
}

function commit(message: string): void {
  run(clone, 'git', 'add', '--all', 'packages/db');
  run(clone, 'git', '-c', 'user.name=a', '-c', 'user.email=a@example.org', 'commit', '--quiet', '--message', message);
}

function run(cwd: string, program: string, ...args: string[]): void {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8', maxBuffer: 1 << 26 });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}:\n${stdout}${stderr}`);
}
