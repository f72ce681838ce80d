import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { generateCustom } from '../../src/generate/index.ts';
import { createProject, type Project } from './project.ts';

let project: Project;
beforeEach(() => {
  project = createProject();
});
afterEach(() => project.remove());

const ADD = 'ALTER TABLE "sales"."orders" ADD COLUMN "source" text NOT NULL;';

test('with --all the migrations are one batch: what the first one made is new to the others', async () => {
  add('widen', ADD);
  const { exit, json, stderr } = await project.db(['lint', '--all', '--json'], { url: null });
  expect(stderr).toContain('2 migrations linted (all): nothing to object to.');
  expect(exit).toBe(0);
  expect(json).toMatchObject({ ok: true, files: ['migrations/0000_init.sql', 'migrations/0001_widen.sql'] });
});

test('a finding tells file, line, rule and the migrations to write instead, and exits 3', async () => {
  add('widen', `-- More.\nselect 1;\n--> statement-breakpoint\n${ADD}`);
  const { exit, stderr } = await project.db(['lint', '0001_widen'], { url: null });
  expect(exit).toBe(3);
  expect(stderr).toContain(`migrations/0001_widen.sql
  4  not-null-without-default
    ALTER TABLE "sales"."orders" ADD COLUMN "source" text NOT NULL
    It fails as soon as "sales"."orders" has a row: there is no value for "source". And code that runs does not write it yet.
    Write instead:
      1. add_orders_source.sql
         ALTER TABLE "sales"."orders" ADD COLUMN "source" text;
      2. release code that writes "source"
      3. backfill_orders_source.sql
         -- db: transaction=none
         DO $$`);
  expect(stderr).toContain('error The lint found 1 problem in 1 migration.');
  expect(stderr).toContain('pnpm db generate --custom --name <name>');
});

test('with --quiet what is wrong is told, and nothing else', async () => {
  expect((await project.db(['lint', '--all', '--quiet'], { url: null })).stderr).toBe('');
  expect((await project.db(['check', '--offline', '--quiet'])).stderr).toBe('');
  add('widen', ADD);
  const linted = await project.db(['lint', '0001_widen', '--quiet'], { url: null });
  expect([linted.exit, linted.stderr]).toEqual([3, expect.stringContaining('not-null-without-default')]);
  project.write('migrations/0009_stray.sql', 'select 1;');
  const checked = await project.db(['check', '--offline', '--quiet']);
  expect([checked.exit, checked.stderr]).toEqual([3, expect.stringContaining('file-unlisted')]);
});

test('with --json a finding is an object, and stdout holds nothing else', async () => {
  add('widen', ADD);
  const { exit, json } = await project.db(['lint', 'migrations/0001_widen.sql', '--json'], { url: null });
  expect(exit).toBe(3);
  expect(json).toMatchObject({
    ok: false,
    error: { code: 'lint_failed' },
    findings: [
      {
        file: 'migrations/0001_widen.sql',
        line: 1,
        statement: 1,
        rule: 'not-null-without-default',
        level: 'error',
        safe: [{ migration: 'add_orders_source' }, { do: expect.any(String) }, {}, {}],
      },
    ],
  });
});

test('with a database it lints what is pending there', async () => {
  await project.db(['create']);
  await project.db(['migrate']);
  add('widen', ADD);
  const { exit, json } = await project.db(['lint', '--json']);
  expect(exit).toBe(3);
  expect(json.findings).toMatchObject([{ file: 'migrations/0001_widen.sql' }]);
});

test('without one, and with one that does not answer, it lints what the branch adds to the main line', async () => {
  git('init', '-q', '-b', 'main');
  git('add', '.');
  git('commit', '-q', '-m', 'Begin');
  git('checkout', '-q', '-b', 'mine');
  add('widen', ADD);
  git('add', '.');
  git('commit', '-q', '-m', 'Widen');
  add('more', 'select 1;');

  const offline = await project.db(['lint', '--json'], { url: null });
  expect(offline.exit).toBe(3);
  expect(offline.json.findings).toMatchObject([{ file: 'migrations/0001_widen.sql' }]);

  const away = await project.db(['lint'], { url: 'postgres://postgres@127.0.0.1:1/none?connect_timeout=1' });
  expect(away.exit).toBe(3);
  expect(away.stderr).toContain('Linting what changed since the main line instead.');

  const since = await project.db(['lint', '--base', 'mine', '--json'], { url: null });
  expect(since).toMatchObject({ exit: 0, json: { files: ['migrations/0002_more.sql'] } });

  const nowhere = await project.db(['lint', '--base', 'nowhere', '--json'], { url: null });
  expect(nowhere).toMatchObject({ exit: 2, json: { error: { code: 'base_missing' } } });
});

test('in a checkout of one commit nothing passes for new: it is said which commits to fetch', async () => {
  git('init', '-q', '-b', 'trunk');
  git('add', '.');
  git('commit', '-q', '-m', 'Begin');
  git('commit', '-q', '--allow-empty', '-m', 'Go on');
  const head = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: project.directory, encoding: 'utf8' });
  project.write('.git/shallow', head);
  const { exit, json } = await project.db(['check', '--json'], { url: null });
  expect(exit).toBe(2);
  expect(json.error).toMatchObject({ code: 'base_missing', hint: expect.stringContaining('fetch-depth: 0') });
});

test('a project without a migration has nothing to lint', async () => {
  rmSync(join(project.directory, 'migrations'), { recursive: true });
  expect(await project.db(['lint', '--json'], { url: null })).toMatchObject({ exit: 0, json: { files: [] } });
});

test('check exits 0 on a folder in order, and 3 with what to type when it is not', async () => {
  const fine = await project.db(['check', '--json'], { url: null });
  expect(fine).toMatchObject({ exit: 0, json: { ok: true, findings: [] } });

  project.edit('schema/index.ts', 'note: text(),', 'note: text(), source: text(),');
  const ahead = await project.db(['check', '--offline', '--json']);
  expect(ahead.exit).toBe(3);
  expect(ahead.json).toMatchObject({
    error: { code: 'check_failed', hint: 'pnpm db generate' },
    findings: [{ code: 'schema-ahead', at: 'schema/index.ts', fix: 'pnpm db generate' }],
  });
  expect(ahead.stderr).toContain('schema/index.ts  schema-ahead');
});

test('check asks the database that is named', async () => {
  await project.db(['create']);
  await project.db(['migrate']);
  const env = { TEST_DATABASE_URL: process.env.TEST_DATABASE_URL! };
  const name = project.url.split('/').at(-1);
  expect((await project.db(['check'], { env })).stderr).toContain(`/${name}.`);
  await project.query('alter table sales.orders add check (total < 100) not valid');
  const { json } = await project.db(['check', '--json'], { env });
  expect(json.findings).toMatchObject([{ code: 'drift' }, { code: 'constraint-not-valid' }]);
  expect((await project.db(['check', '--offline'])).exit).toBe(0);
});

function add(name: string, sql: string): void {
  const tag = generateCustom(join(project.directory, 'migrations'), name);
  expect(readFileSync(join(project.directory, 'migrations', `${tag}.sql`), 'utf8')).not.toContain('--> statement');
  project.write(`migrations/${tag}.sql`, sql);
}

function git(...args: string[]): void {
  const identity = ['-c', 'user.name=A', '-c', 'user.email=a@example.org', '-c', 'commit.gpgsign=false'];
  execFileSync('git', [...identity, ...args], { cwd: project.directory, stdio: ['ignore', 'ignore', 'inherit'] });
}
