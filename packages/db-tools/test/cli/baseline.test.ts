import { afterAll, beforeEach, expect, test, vi } from 'vitest';
import { createProject, type Project } from './project.ts';

// Each step is a process, and a loaded machine starts them slowly.
vi.setConfig({ testTimeout: 120_000 });

const env = { TEST_DATABASE_URL: process.env.TEST_DATABASE_URL! };
const projects: Project[] = [];
let project: Project;
beforeEach(async () => {
  project = createProject();
  projects.push(project);
  await project.db(['prepare']);
  // As another tool left it.
  await project.query('drop schema drizzle cascade');
});
afterAll(() => Promise.all(projects.map((each) => each.remove())));

const states = async () =>
  (await project.db(['status', '--json'])).json.migrations.map(({ state }: { state: string }) => state);

test('a database that is what its migrations make counts as migrated once that is confirmed, with what it holds', async () => {
  await project.query(`insert into countries values ('xx', 'Anywhere')`);
  const planned = await project.db(['baseline', '--dry-run', '--json'], { env });
  expect(planned.json).toMatchObject({ marked: ['0000_init'], changed: false });
  const unconfirmed = await project.db(['baseline', '--json'], { env });
  expect([unconfirmed.exit, unconfirmed.json.error.hint]).toEqual([2, 'pnpm db baseline --yes']);
  expect(await states()).toEqual(['pending']);

  const { exit, json } = await project.db(['baseline', '--yes', '--json'], { env });
  expect([exit, json.marked]).toEqual([0, ['0000_init']]);
  expect((await project.db(['migrate', '--json'])).json).toMatchObject({ applied: [], alreadyApplied: 1 });
  expect((await project.db(['check', '--json'], { env })).exit).toBe(0);
  expect(await project.query(`select name from countries where code = 'xx'`)).toEqual([{ name: 'Anywhere' }]);
  expect((await project.db(['baseline', '--yes', '--json'], { env })).json).toMatchObject({
    marked: [],
    changed: false,
  });
});

test('with --to, what comes behind it is still to be applied', async () => {
  project.addMigration('0001_more', 'alter table countries add more int');
  const { json } = await project.db(['baseline', '--to', '0000_init', '--yes', '--json'], { env });
  expect(json.marked).toEqual(['0000_init']);
  expect((await project.db(['migrate', '--json'])).json.applied).toMatchObject([{ tag: '0001_more' }]);
  expect((await project.db(['baseline', '--to', '0009_no', '--json'], { env })).json.error.code).toBe('unknown_tag');
});

test('anything else than what its migrations make is shown, and nothing is written', async () => {
  await project.query('alter table countries alter name drop not null');
  await project.query(
    'create table migrations (id serial primary key, timestamp bigint not null, name varchar not null)',
  );
  const { exit, json, stderr } = await project.db(['baseline', '--yes', '--json'], { env });
  expect([exit, json.error.code]).toEqual([3, 'drift']);
  expect(json.error.hint).toContain('db baseline --ignore public.migrations');
  expect(stderr).toContain('ALTER TABLE public.countries ALTER COLUMN name SET NOT NULL');
  expect(await project.query(`select from pg_namespace where nspname = 'drizzle'`)).toEqual([]);

  const ignoring = ['baseline', '--ignore', 'public.migrations', '--yes', '--json'];
  const left = await project.db(ignoring, { env });
  expect(left.json.differences).toMatchObject([{ change: 'different', name: 'public.countries.name' }]);
  await project.query('alter table countries alter name set not null');
  expect((await project.db(ignoring, { env })).json.marked).toEqual(['0000_init']);
});
