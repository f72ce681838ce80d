import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createProject, type Project } from './project.ts';

let project: Project;
const JOURNAL = "mig rations' /meta/_journal.json";
const FILE = "mig rations' /0000_init.sql";
beforeAll(async () => {
  project = createProject();
  project.edit('db.config.ts', './migrations', "./mig rations\\' ");
  sh(`mv migrations "mig rations' "; git init -q; git add .; git -c user.name=a -c user.email=a@b.c commit -qm a`);
  await project.db(['prepare']);
});
beforeEach(() => sh('git checkout -q -- .'));
afterAll(() => project.remove());

/** In the folder of the project, as somebody pastes it. */
function sh(command: string): void {
  execFileSync('sh', ['-ec', command], { cwd: project.directory, stdio: 'ignore' });
}

test.each([
  [
    'is no JSON',
    '{',
    { message: `${JOURNAL} is no JSON.`, hint: `git checkout -- 'mig rations'\\'' /meta/_journal.json'` },
  ],
  [
    'has both sides of a merge',
    '<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> theirs\n',
    { message: `A merge left both sides in ${JOURNAL}.`, hint: 'pnpm db rebase' },
  ],
])('of a journal that %s every verb says the same', async (_, content, { message, hint }) => {
  project.write(JOURNAL, content);
  for (const verb of ['migrate', 'status', 'generate']) {
    const { exit, json } = await project.db([verb, '--json']);
    expect([exit, json.error.message, json.error.hint]).toEqual([3, message, hint]);
  }
  const { json } = await project.db(['check', '--offline', '--json']);
  expect(json.findings[0]).toMatchObject({ at: JOURNAL, message, fix: hint });
});

test.each([
  ['is gone', 'migrate', () => rmSync(join(project.directory, FILE))],
  ['is gone', 'generate', () => rmSync(join(project.directory, FILE))],
  ['was edited after it had been applied', 'migrate', () => project.write(FILE, `${project.read(FILE)}-- edited\n`)],
])('a file that %s comes back with the command that db %s prints', async (_, verb, damage) => {
  damage();
  const { exit, json } = await project.db([verb, '--json']);
  expect(exit).toBe(3);
  sh(json.error.hint.match(/git checkout -- .*?\.sql'/)[0]);
  expect((await project.db([verb, '--json'])).exit).toBe(0);
});

test('a snapshot too many goes with the command that is printed', async () => {
  project.write("mig rations' /meta/0009_snapshot.json", '{}');
  const { json } = await project.db(['generate', '--json']);
  sh(json.error.hint.replace('If nothing needs it: ', ''));
  expect((await project.db(['generate', '--check', '--json'])).exit).toBe(0);
});

test('a migration that was never committed is taken back in the way that is printed, one that was comes back', async () => {
  const commit = 'git -c user.name=a -c user.email=a@b.c commit -qm';
  await project.db(['generate', '--custom', '--name', 'mine']);
  rmSync(join(project.directory, "mig rations' /0001_mine.sql"));
  for (const verb of ['migrate', 'generate']) {
    const { exit, json } = await project.db([verb, '--json']);
    expect([exit, json.error.hint]).toEqual([3, NEVER_COMMITTED]);
  }
  const { json } = await project.db(['check', '--offline', '--json']);
  expect(json.findings[0]).toMatchObject({ code: 'file-missing', fix: NEVER_COMMITTED });
  sh(`cd "mig rations' "; rm meta/0001_snapshot.json 0001_mine.down.sql; git checkout -q -- meta/_journal.json`);
  expect((await project.db(['check', '--offline'])).exit).toBe(0);

  sh(`git rm -q "${FILE}"; ${commit} 'Remove it'`);
  const removed = await project.db(['migrate', '--json']);
  expect(removed.json.error.hint).toMatch(/^git checkout [0-9a-f]{12}\^ -- /);
  sh(removed.json.error.hint);
  expect((await project.db(['migrate'])).exit).toBe(0);
});

const NEVER_COMMITTED =
  'It was never committed: delete its snapshot (meta/0001_snapshot.json), its down file and its entry in meta/_journal.json as well';
