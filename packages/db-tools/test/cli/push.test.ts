import { afterAll, beforeEach, expect, test, vi } from 'vitest';
import { createProject, type Project } from './project.ts';

const SCHEMA = 'schema/index.ts';
// Each step is a process, and a loaded machine starts them slowly.
vi.setConfig({ testTimeout: 120_000 });

const projects: Project[] = [];
let project: Project;
beforeEach(async () => {
  project = createProject();
  projects.push(project);
  await project.db(['prepare']);
});
afterAll(() => Promise.all(projects.map((each) => each.remove())));

test('push changes schemas other than public too, and finds nothing to do the second time', async () => {
  expect((await project.db(['push', '--json'])).json.statements).toEqual([]);
  project.edit(SCHEMA, 'note: text(),', 'note: text(), extra: text(),');
  const { exit, json, stderr } = await project.db(['push', '--json']);
  expect(exit).toBe(0);
  expect(json.statements).toEqual(['ALTER TABLE "sales"."orders" ADD COLUMN "extra" text;']);
  expect(stderr).toContain('ADD COLUMN "extra"');
  expect((await project.db(['push', '--json'])).json.statements).toEqual([]);
});

test('--yes alone loses no data; --accept-data-loss does', async () => {
  await project.query(`update sales.orders set note = 'kept'`);
  project.edit(SCHEMA, 'note: text(),', '');
  project.edit(SCHEMA, 'unique().on(table.countryCode, table.note),', '');
  const refused = await project.db(['push', '--yes', '--json']);
  expect(refused.exit).toBe(2);
  expect(refused.json.error).toMatchObject({ code: 'data_loss', hint: 'pnpm db push --accept-data-loss' });
  expect(refused.json.losses).toEqual(['sales.orders.note is dropped with 2 rows']);
  expect(await project.query('select note from sales.orders limit 1')).toEqual([{ note: 'kept' }]);
  expect((await project.db(['push', '--accept-data-loss', '--json'])).exit).toBe(0);
  await expect(project.query('select note from sales.orders')).rejects.toThrow('does not exist');
});

test('a statement that fails leaves everything as it was, and no table is emptied for it', async () => {
  project.edit(SCHEMA, 'note: text(),', 'note: text(), first: text(), second: text().notNull(),');
  const { exit, json } = await project.db(['push', '--accept-data-loss', '--yes', '--json']);
  expect(exit).toBe(1);
  expect(json.error.code).toBe('push_failed');
  expect(json.error.message).toContain('"second"');
  expect(await project.query('select * from sales.orders')).toHaveLength(2);
  await expect(project.query('select first from sales.orders')).rejects.toThrow('does not exist');
});

test('a possible rename is a question; the answer keeps the data', async () => {
  await project.query(`update sales.orders set note = 'kept'`);
  project.edit(SCHEMA, 'note: text(),', 'remark: text(),');
  project.edit(SCHEMA, 'table.note', 'table.remark');
  const asked = await project.db(['push', '--json']);
  expect(asked.exit).toBe(2);
  expect(asked.json.error.hint).toContain('db push --rename sales.orders.note=remark');
  expect((await project.db(['push', '--rename', 'sales.orders.note=remark', '--json'])).exit).toBe(0);
  expect(await project.query('select remark from sales.orders limit 1')).toEqual([{ remark: 'kept' }]);
  const different = await project.db(['push', '--json']);
  expect(different.json.statements).toEqual([]);
});

test('told apart, one table goes and another comes', async () => {
  project.edit(SCHEMA, `sales.table(\n  'orders'`, `sales.table(\n  'invoices'`);
  const { exit, json } = await project.db(['push', '--create', 'sales.invoices', '--accept-data-loss', '--json']);
  expect([exit, json.error]).toEqual([0, undefined]);
  expect(json.statements[0]).toBe('DROP TABLE "sales"."orders" CASCADE;');
  expect(await project.query('select * from sales.invoices')).toEqual([]);
});
