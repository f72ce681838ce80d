import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { startProxy } from '../migrator/proxy.ts';
import { waitUntil } from '../wait-until.ts';
import { createProject, type Project } from './project.ts';

const projects: Project[] = [];
let project: Project;
beforeEach(async () => {
  project = createProject();
  projects.push(project);
  await project.db(['prepare']);
});
afterAll(() => Promise.all(projects.map((each) => each.remove())));

test('a failure tells file, statement, the place with a caret, SQLSTATE, what is committed and what to do next', async () => {
  project.addMigration('0001_good', 'create table good (id int);');
  project.addMigration('0002_bad', 'create table bad (id int);\ninsert into bad\n  select nope from bad;');

  const { exit, stdout, stderr } = await project.db(['migrate']);
  expect(exit).toBe(1);
  expect(stdout).toBe('');
  expect(stderr).toMatch(
    /^ {2}0001_good {2}\d+ ms\nerror 0002_bad\.sql:3, statement 2 failed: column "nope" does not exist \(42703\)\./,
  );
  expect(stderr).toContain('3 |   select nope from bad;\n             ^\n');
  expect(stderr).toContain('Nothing of 0002_bad was kept; the files before it are applied.\n');
  expect(stderr).toContain('Next: Correct 0002_bad.sql, then: pnpm db migrate\n');

  const again = await project.db(['migrate', '--json']);
  expect(again.json).toMatchObject({
    ok: false,
    error: { code: 'migration_failed', hint: 'Correct 0002_bad.sql, then: pnpm db migrate' },
    tag: '0002_bad',
    statement: 2,
    line: 3,
    column: 10,
    sqlState: '42703',
    applied: [],
  });
});

test('off a terminal a blocked statement names who holds the lock, a line for each step', async () => {
  project.addMigration('0001_note', 'alter table countries add column note text;');
  const held = await project.hold('lock table countries in access share mode');
  const running = project.db(['migrate', '--lock-timeout', '3']);
  await waitUntil('a blocked statement', async () => (await project.query(BLOCKED)).length > 0);
  await waitUntil('the end of its wait', async () => (await project.query(BLOCKED)).length === 0);
  await held.release();

  const { exit, stderr } = await running;
  expect(exit).toBe(0);
  expect(stderr).toMatch(
    /^ {2}0001_note, statement 1: its lock was not free in time \(55P03\), held by the test \(pid \d+, idle in transaction for \d+ s: begin; lock table countries in access share mode; .*\); try 2 in 0\.\d s$/m,
  );
  expect(stderr).not.toContain('\x1b[2K');
});

test('Ctrl-C tells what is applied and what is not, and ends with 130', async () => {
  project.addMigration('0001_good', 'create table good (id int);');
  project.addMigration('0002_slow', 'create table slow (id int);\nselect pg_sleep(60);');
  const child = Promise.withResolvers<number>();
  const running = project.db(['migrate', '--json'], { onStart: child.resolve });
  await waitUntil('the slow statement', async () => (await project.query(ASLEEP)).length === 1);
  process.kill(await child.promise, 'SIGINT');

  const { exit, json } = await running;
  expect(exit).toBe(130);
  expect(json).toEqual({
    ok: false,
    error: {
      code: 'interrupted',
      message: 'Interrupted by SIGINT. This run applied 0001_good, and that stays; 0002_slow was rolled back.',
      hint: 'Go on with: pnpm db migrate',
    },
    applied: [{ tag: '0001_good', ms: expect.any(Number) }],
  });
  const status = await project.db(['status', '--json']);
  expect(status.json.migrations.map(({ state }: { state: string }) => state)).toEqual([
    'applied',
    'applied',
    'pending',
  ]);
  expect(await project.query(`select to_regclass('slow') as slow`)).toEqual([{ slow: null }]);
});

test('a second Ctrl-C ends a run whose server is silent at once, with its one object on stdout', async () => {
  project.addMigration('0001_slow', 'create table slow (id int);');
  const proxy = await startProxy(project.url);
  const child = Promise.withResolvers<number>();
  proxy.fallSilentAt('create table slow');
  const running = project.db(['migrate', '--json'], { url: proxy.url, onStart: child.resolve });
  await waitUntil('the silence', () => proxy.silent);
  const pid = await child.promise;
  const begun = performance.now();
  process.kill(pid, 'SIGINT');
  // Two within half a second count as one: a package manager repeats it.
  await sleep(700);
  process.kill(pid, 'SIGINT');

  const { exit, json } = await running;
  expect(performance.now() - begun).toBeLessThan(3000);
  expect(exit).toBe(130);
  expect(json).toMatchObject({ ok: false, error: { code: 'interrupted', hint: expect.stringContaining('db status') } });
});

const OURS = 'select pid from pg_stat_activity where datname = current_database() and ';
const BLOCKED = `${OURS} wait_event_type = 'Lock' and query like 'alter table countries%'`;
const ASLEEP = `${OURS} query = 'select pg_sleep(60)'`;
