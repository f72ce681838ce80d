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
