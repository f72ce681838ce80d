import { afterAll, beforeAll, expect, test } from 'vitest';
import { createProject, type Project } from './project.ts';

let project: Project;
beforeAll(async () => {
  project = createProject();
  await project.db(['create']);
  await project.db(['migrate']);
});
afterAll(() => project.remove());

test('without an operation it tells what does not match and the command that settles it, which then does', async () => {
  expect((await project.db(['repair', '--json'])).json).toMatchObject({ ok: true, changed: false });
  project.write('migrations/0000_init.sql', `${project.read('migrations/0000_init.sql')}-- edited\n`);

  const undecided = await project.db(['repair', '--json']);
  expect(undecided.exit).toBe(2);
  expect(undecided.json.problems).toEqual([
    {
      code: 'history_mismatch',
      tag: '0000_init',
      message: expect.any(String),
      hint: expect.stringContaining('db repair --accept 0000_init'),
    },
  ]);
  expect(undecided.json.error.hint).toContain('db repair --accept 0000_init');

  expect((await project.db(['repair', '--accept', '0000_init', '--yes', '--json'])).json).toMatchObject({
    changed: true,
  });
  expect((await project.db(['status', '--exit-code'])).exit).toBe(0);
});

test('the change is shown before it is made, and nothing happens unless it is confirmed', async () => {
  const history = () => project.query('select id, hash, created_at from drizzle.__drizzle_migrations');
  const before = await history();

  const refused = await project.db(['repair', '--mark-pending', '0000_init', '--json']);
  expect(refused.exit).toBe(2);
  expect(refused.json).toMatchObject({
    error: { code: 'confirmation_missing', hint: 'pnpm db repair --mark-pending 0000_init --yes' },
    changes: [expect.stringContaining('is deleted')],
  });
  expect(refused.stderr).toContain(refused.json.changes[0]);
  const dry = await project.db(['repair', '--mark-pending', '0000_init', '--dry-run', '--json']);
  expect(dry.json).toMatchObject({ changes: refused.json.changes, changed: false });
  expect(await history()).toEqual(before);

  const done = await project.db(['repair', '--mark-pending', '0000_init', '--yes', '--json']);
  expect(done.json).toMatchObject({ changes: refused.json.changes, changed: true });
  expect(await history()).toEqual([]);

  expect((await project.db(['repair', '--mark-applied', '0000_init', '--yes'])).exit).toBe(0);
  expect((await project.db(['migrate', '--json'])).json).toMatchObject({ applied: [], alreadyApplied: 1 });
});

test.each([
  [['--accept', '0000_init', '--dedupe'], 1, 'usage', 'one operation at a time'],
  [['--step', '0000_init', '--as', 'done'], 1, 'usage', '<tag>:<number of the statement>'],
  [['--step', '0000_init:1'], 1, 'usage', 'needs --as'],
  [['--step', '0000_init:1', '--as', 'skipped'], 1, 'usage', 'not "skipped"'],
  [['--as', 'done'], 1, 'usage', '--as goes with --step'],
  [['--forget', 'x'], 1, 'usage', 'whole number'],
  [['--restamp', '0000_init', '--yes'], 3, 'repair_not_applicable', 'is applied'],
  [['--step', '0000_init:1', '--as', 'retry', '--yes'], 3, 'repair_not_applicable', 'outcome is unknown'],
])('%j is refused', async (args, exit, code, message) => {
  const refused = await project.db(['repair', ...args, '--json']);
  expect([refused.exit, refused.json.error.code]).toEqual([exit, code]);
  expect(refused.json.error.message).toContain(message);
});

test('a revert that was interrupted is told by status, check and migrate, and either finished or marked', async () => {
  await project.db(['generate', '--custom', '--name', 'note']);
  project.write('migrations/0001_note.sql', 'create table note ();');
  project.write('migrations/0001_note.down.sql', 'drop table note;\nvacuum nowhere;');
  await project.db(['migrate']);
  expect((await project.db(['revert', '--yes', '--json'])).json.error.code).toBe('migration_failed');

  const partial = { tag: '0001_note', state: 'partial', direction: 'down' };
  const status = await project.db(['status', '--exit-code', '--json']);
  expect([status.exit, status.json.migrations.at(-1)]).toMatchObject([3, partial]);
  expect(status.stderr).toContain('partial down');
  const check = await project.db(['check', '--json']);
  expect([check.exit, check.json.findings]).toMatchObject([
    3,
    expect.arrayContaining([expect.objectContaining({ code: 'migration-partial', at: '0001_note' })]),
  ]);
  const migrate = await project.db(['migrate', '--json']);
  expect([migrate.exit, migrate.json.error.code]).toEqual([3, 'migration_partial']);
  expect(migrate.json.error.hint).toContain('pnpm db revert');

  const refused = await project.db(['repair', '--mark-pending', '0001_note', '--json']);
  expect(refused.json).toMatchObject({ error: { code: 'confirmation_missing' } });
  project.write('migrations/0001_note.down.sql', 'drop table note;\nvacuum;');
  expect((await project.db(['revert', '--yes', '--json'])).json).toMatchObject({ reverted: [{ tag: '0001_note' }] });
  expect((await project.db(['status', '--json'])).json).toMatchObject({ pending: 1 });
});
