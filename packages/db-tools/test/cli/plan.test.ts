import { afterAll, beforeAll, expect, test } from 'vitest';
import { createProject, type Project } from './project.ts';

let project: Project;
beforeAll(async () => {
  project = createProject();
  await project.db(['prepare']);
});
afterAll(() => project.remove());

test('plan tells the transaction, lock, table, size and hazards of each statement to come, and changes nothing', async () => {
  project.addMigration('0001_note', 'alter table countries add column note text; drop table sales.orders;');
  project.addMigration('0002_index', 'create index concurrently countries_note on countries (note);');

  const { exit, stderr } = await project.db(['plan']);
  expect(exit).toBe(0);
  expect(stderr).toContain('0001_note  2 statements, one transaction');
  expect(stderr).toMatch(
    / {2}1 {2}alter table countries add column note text\n {6}countries \(\d+\.\d kB, about \d rows?\): ACCESS EXCLUSIVE; reads wait, writes wait\n/,
  );
  expect(stderr).toMatch(/sales\.orders .*deletes data/);
  expect(stderr).toMatch(/create index concurrently .* -- outside of a transaction\n/);
  expect(stderr).toContain('2 migrations would be applied to 127.0.0.1/');

  const { json } = await project.db(['plan', '--json', '--to', '0001_note']);
  expect(json).toMatchObject({
    pending: 1,
    migrations: [{ tag: '0001_note', mode: 'transaction', statements: [{ number: 1 }, { number: 2 }] }],
  });
  expect((await project.db(['status', '--json'])).json.pending).toBe(2);
});

test('a tag that does not exist is told', async () => {
  const { exit, json } = await project.db(['plan', '--to', 'nope', '--json']);
  expect(exit).toBe(1);
  expect(json.error.code).toBe('unknown_tag');
});
