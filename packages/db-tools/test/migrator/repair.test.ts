import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { migrate, type RepairOperation, repair, revert, status } from '../../src/migrator/index.ts';
import { createDatabase, type Database, historyOf } from './database.ts';
import { createProject, type Project } from './project.ts';

describe('a history that does not match is refused, and its own hint settles it', () => {
  const cases: [string, (project: Project, database: Database) => unknown, string, RepairOperation, string[]][] = [
    [
      'modified',
      ({ edit }) => edit('0000_a', 'create table a (id int) -- why'),
      '--accept 0000_a',
      { kind: 'accept', tag: '0000_a' },
      [],
    ],
    [
      'restamped',
      ({ restamp }) => restamp('0001_b', 1_700_000_009_999),
      '--restamp 0001_b',
      { kind: 'restamp', tag: '0001_b' },
      [],
    ],
    ['missing-file', ({ remove }) => remove('0001_b'), '--forget 2', { kind: 'forget', row: 2 }, []],
    [
      'out-of-order',
      ({ add }) => add('0003_late', 'create table late ()', 1_700_000_001_500),
      '--allow-out-of-order 0003_late',
      { kind: 'allow-out-of-order', tag: '0003_late' },
      ['0003_late'],
    ],
    [
      'applied',
      (_, { sql }) =>
        sql.unsafe(
          'drop index drizzle.__drizzle_migrations_once; insert into drizzle.__drizzle_migrations (hash, created_at) select hash, created_at from drizzle.__drizzle_migrations where id = 2',
        ),
      '--dedupe',
      { kind: 'dedupe' },
      [],
    ],
  ];
  test.each(cases)('%s', async (state, breakIt, hint, operation, applied) => {
    const database = await createDatabase();
    const { url } = database;
    const project = createProject({
      '0000_a': 'create table a (id int)',
      '0001_b': 'create table b (id int)',
      '0002_c': 'create table c (id int)',
    });
    const { directory } = project;
    await migrate({ url, directory });
    const before = await status({ url, directory });

    await breakIt(project, database);
    const broken = await status({ url, directory });
    expect(broken.ok).toBe(false);
    expect(broken.migrations.map((migration) => migration.state)).toContain(state);
    await expect(migrate({ url, directory })).rejects.toMatchObject({
      code: 'history_mismatch',
      exit: 3,
      hint: expect.stringContaining(`pnpm db repair ${hint}`),
    });

    const planned = await repair({ url, directory, dryRun: true }, operation);
    expect(await status({ url, directory })).toEqual(broken);
    expect(await repair({ url, directory }, operation)).toEqual(planned);
    expect(planned.changes).toHaveLength(1);

    expect(await migrate({ url, directory })).toMatchObject({ applied: applied.map((tag) => ({ tag })) });
    const after = await status({ url, directory });
    expect(after).toMatchObject({ ok: true, pending: 0, problems: [] });
    expect(after.migrations[0]).toEqual(before.migrations[0]);
    // The index is back, whatever was repaired.
    await expect(
      database.sql`insert into drizzle.__drizzle_migrations (hash, created_at) select hash, created_at from drizzle.__drizzle_migrations`,
    ).rejects.toMatchObject({ code: '23505' });
  });
});

test('a file that was applied by hand is marked, and one that was undone by hand runs again', async () => {
  const database = await createDatabase();
  const { url, sql } = database;
  const { directory } = createProject({ '0000_a': 'create table a (id int)', '0001_b': 'create table b (id int)' });
  await sql.unsafe('create table a (id int)');

  await repair({ url, directory }, { kind: 'mark-applied', tag: '0000_a' });
  expect(await migrate({ url, directory })).toMatchObject({ applied: [{ tag: '0001_b' }] });
  await sql.unsafe('drop table b');
  await repair({ url, directory }, { kind: 'mark-pending', tag: '0001_b' });
  expect(await migrate({ url, directory })).toMatchObject({ applied: [{ tag: '0001_b' }] });

  expect(await historyOf(database)).toHaveLength(2);
  await expect(repair({ url, directory }, { kind: 'accept', tag: '0001_b' })).rejects.toMatchObject({
    code: 'repair_not_applicable',
    exit: 3,
    message: '0001_b is applied; this is for one that is modified.',
  });
});

test('an old journal whose stamps do not rise works on an empty database, also when the run is cut off in the middle', async () => {
  const { url } = await createDatabase();
  const { directory, add } = createProject({});
  add('0000_a', 'create table a ()', 1000);
  add('0001_b', 'create table b ()', 3000);
  add('0002_c', 'create table c ()', 2000);

  await migrate({ url, directory, to: '0001_b' });

  expect(await migrate({ url, directory })).toMatchObject({ applied: [{ tag: '0002_c' }], alreadyApplied: 2 });
});

test('a late file that may run may be corrected before it does, and comes in again after a revert', async () => {
  const { url } = await createDatabase();
  const { directory, add, edit } = createProject({});
  add('0000_a', 'create table a ()', 3000);
  add('0001_b', 'create table b (id nope)', 2000);
  await expect(migrate({ url, directory })).rejects.toMatchObject({ sqlState: '42704' });

  edit('0001_b', 'create table b ()');
  expect(await migrate({ url, directory })).toMatchObject({ applied: [{ tag: '0001_b' }] });

  writeFileSync(join(directory, '0001_b.down.sql'), 'drop table b');
  await revert({ url, directory });
  expect(await migrate({ url, directory })).toMatchObject({ applied: [{ tag: '0001_b' }] });
});
