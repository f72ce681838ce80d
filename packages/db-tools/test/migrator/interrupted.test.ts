import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { migrate, planRevert, type RepairOperation, repair, revert, status } from '../../src/migrator/index.ts';
import { revertWith } from '../../src/migrator/revert.ts';
import { createDatabase, type Database, historyOf } from './database.ts';
import { createProject, type Project } from './project.ts';

type Stage = { database: Database; project: Project; options: { url: string; directory: string } };

describe('a revert that was interrupted', () => {
  /** The down file of 0001_b stops at its third statement: b and i are gone, the rows of t are there. */
  async function createHalfReverted(): Promise<Stage> {
    const database = await createDatabase();
    const project = createProject({
      '0000_a': 'create table t (id int)',
      '0001_b': 'create table b (id int); create index i on t (id); insert into t values (1), (1)',
    });
    down(project, '0000_a', 'drop table t');
    const way = ['drop table b', 'drop index concurrently i', 'create unique index concurrently u on t (id)'];
    down(project, '0001_b', [...way, 'drop index concurrently u', 'delete from t'].join(';\n'));
    const options = { url: database.url, directory: project.directory };
    await migrate(options);
    await expect(revert(options)).rejects.toMatchObject({ message: expect.stringContaining('statement 3 failed') });
    return { database, project, options };
  }

  test('is told by its direction, and stops whatever would build on it', async () => {
    const { project, options } = await createHalfReverted();
    expect(await status(options)).toMatchObject({
      ok: false,
      pending: 0,
      migrations: [{ state: 'applied' }, { tag: '0001_b', state: 'partial', direction: 'down' }],
      problems: [{ code: 'migration_partial', tag: '0001_b', hint: expect.stringContaining('pnpm db revert') }],
    });
    project.add('0002_c', 'create table c ()');
    await expect(migrate(options)).rejects.toMatchObject({
      code: 'migration_partial',
      exit: 3,
      hint: expect.stringContaining('pnpm db repair --mark-pending 0001_b (or --mark-applied 0001_b)'),
    });
  });

  test('goes on from the statement where it stopped, and then leads to nothing', async () => {
    const { database, options } = await createHalfReverted();
    await database.sql`delete from t where ctid = '(0,2)'`;
    const [planned] = await planRevert(options);
    expect(planned!.statements[0]).toMatch(/^create unique index/);
    expect(await revert(options)).toMatchObject({ reverted: [{ tag: '0001_b' }], applied: 1 });
    expect(await status(options)).toMatchObject({ ok: true, pending: 1 });
    expect(await stepsOf(database)).toEqual([]);
    expect(await database.sql`select from t`).toEqual([]);
  });

  test('goes on over a lost connection', async () => {
    const { database, options } = await createHalfReverted();
    await database.sql`delete from t where ctid = '(0,2)'`;
    let killed = false;
    const result = await revertWith(options, {
      onFaultPoint: async (name) => {
        if (name !== '0001_b.down: before commit' || killed) return;
        killed = true;
        await database.sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'db revert' and datname = current_database()`;
      },
    });
    expect(killed).toBe(true);
    expect(result).toMatchObject({ reverted: [{ tag: '0001_b' }] });
    expect(await stepsOf(database)).toEqual([]);
  });

  test('comes before what was applied on top of it', async () => {
    const { project, database, options } = await createHalfReverted();
    await database.sql`create table saved as select * from drizzle.__drizzle_migrations_steps`;
    await database.sql`delete from drizzle.__drizzle_migrations_steps`;
    project.add('0002_c', 'create table c ()');
    await migrate(options);
    await database.sql`insert into drizzle.__drizzle_migrations_steps select * from saved`;
    expect(await planRevert(options)).toMatchObject([{ tag: '0001_b' }]);
  });

  test.each<[string, RepairOperation['kind'] & ('mark-pending' | 'mark-applied'), string, number]>([
    [
      'undone by hand',
      'mark-pending',
      'drop index if exists u; drop table if exists b; drop index if exists i; delete from t',
      1,
    ],
    ['mended by hand', 'mark-applied', 'drop index if exists u; create table b (id int); create index i on t (id)', 0],
  ])('%s it is marked as such, and the next revert begins at its first statement', async (_, kind, byHand, pending) => {
    const { database, options } = await createHalfReverted();
    await database.sql.unsafe(byHand);
    expect((await repair(options, { kind, tag: '0001_b' })).changes).toHaveLength(1);
    expect(await stepsOf(database)).toEqual([]);
    expect(await status(options)).toMatchObject({ ok: true, pending });
    await migrate(options);
    await database.sql`delete from t where ctid in (select ctid from t limit 1)`;
    expect((await planRevert(options))[0]!.statements).toHaveLength(5);
    await revert(options);
    const [left] = await database.sql`select to_regclass('b') as b, to_regclass('i') as i, to_regclass('u') as u`;
    expect(left).toEqual({ b: null, i: null, u: null });
  });

  test('is over when the file was applied again, whoever took its row away', async () => {
    const { database, options } = await createHalfReverted();
    await database.sql`delete from drizzle.__drizzle_migrations where id = 2`;
    await database.sql`delete from t`;
    await migrate(options);
    expect(await stepsOf(database)).toEqual([]);
    expect(await status(options)).toMatchObject({ ok: true, pending: 0 });
  });
});

describe('a migration that is applied in part', () => {
  async function createPartial(): Promise<Stage> {
    const database = await createDatabase();
    const project = createProject({
      '0000_a': 'create table t (id int); insert into t values (1), (1)',
      '0001_b': 'create table b (id int); create unique index concurrently u on t (id)',
    });
    const options = { url: database.url, directory: project.directory };
    await expect(migrate(options)).rejects.toMatchObject({ sqlState: '23505' });
    return { database, project, options };
  }

  test('is abandoned by undoing it by hand and marking it, and then runs from its beginning', async () => {
    const { database, options } = await createPartial();
    expect((await status(options)).migrations[1]).toEqual({ tag: '0001_b', state: 'partial', direction: 'up' });
    await expect(revert(options)).rejects.toMatchObject({
      code: 'migration_partial',
      hint: expect.stringContaining('pnpm db repair --mark-pending 0001_b'),
    });
    await database.sql`drop table b`;
    expect(await repair(options, { kind: 'mark-pending', tag: '0001_b' })).toEqual({
      changes: ['What is recorded of 0001_b is deleted; the file will run from its beginning.'],
    });
    expect((await status(options)).migrations[1]).toEqual({ tag: '0001_b', state: 'pending' });
    await database.sql`delete from t`;
    expect(await migrate(options)).toMatchObject({ applied: [{ tag: '0001_b' }] });
  });

  test.each([
    ['deleted', (project: Project) => project.remove('0001_b')],
    [
      'renamed',
      (project: Project) => {
        project.remove('0001_b');
        project.add('0001_c', 'create table b (id int); create unique index concurrently u on t (id)');
      },
    ],
  ])('and whose file was %s is a problem until the record of it is deleted', async (_, change) => {
    const { database, project, options } = await createPartial();
    change(project);
    const problem = { code: 'steps_without_file', tag: '0001_b', hint: expect.stringContaining('Bring the file back') };
    const { ok, problems, migrations } = await status(options);
    expect({ ok, problems }).toMatchObject({ ok: false, problems: [problem] });
    expect(migrations.at(-1)).toEqual({ tag: '0001_b', state: 'missing-file' });
    await expect(migrate(options)).rejects.toMatchObject({ code: 'steps_without_file', exit: 3 });

    await database.sql`drop table b`;
    await database.sql`delete from t`;
    await repair(options, { kind: 'mark-pending', tag: '0001_b' });
    expect(await status(options)).toMatchObject({ ok: true });
    await migrate(options);
    expect(await stepsOf(database)).toEqual([]);
  });

  test('and half reverted, whose file was deleted, is one problem, which --forget settles', async () => {
    const { database, project, options } = await createPartial();
    await database.sql`delete from t`;
    await migrate(options);
    down(project, '0001_b', 'drop table b;\ndrop index concurrently u;\nselect 1 / 0');
    await expect(revert(options)).rejects.toMatchObject({ statement: 3 });
    project.remove('0001_b');
    expect((await status(options)).problems).toMatchObject([{ code: 'history_mismatch', tag: '0001_b' }]);
    await repair(options, { kind: 'forget', row: 2 });
    expect(await status(options)).toMatchObject({ ok: true, migrations: [{ state: 'applied' }] });
    expect(await historyOf(database)).toHaveLength(1);
  });
});

function down({ directory }: Project, tag: string, sql: string): void {
  writeFileSync(join(directory, `${tag}.down.sql`), sql);
}

function stepsOf({ sql }: Database): Promise<unknown> {
  return sql`select tag, seq from drizzle.__drizzle_migrations_steps`;
}
