import { expect, test } from 'vitest';
import { migrate, plan, repair, status } from '../../src/migrator/index.ts';
import { connectTo, createDatabase } from './database.ts';
import { createProject } from './project.ts';

test('a history that someone has locked whole is not waited for without end: exit 4, with who', async () => {
  const { url, sql } = await createDatabase();
  const { directory, add } = createProject({ '0000_a': 'create table a (id int)' });
  await migrate({ url, directory });
  add('0001_b', 'create table b (id int)');
  const other = connectTo(url, 1);
  await other.unsafe('begin; lock table drizzle.__drizzle_migrations');

  const limits = { url, directory, connectTimeout: 0.3 };
  const apply = () => migrate({ ...limits, lockTimeout: 0.3 });
  const dedupe = (dryRun: boolean) => () => repair({ ...limits, dryRun }, { kind: 'dedupe' });
  for (const read of [status, plan, apply, dedupe(true), dedupe(false)]) {
    await expect(read(limits)).rejects.toMatchObject({
      code: 'history_locked',
      exit: 4,
      message: expect.stringMatching(/was not free within 0.3 s, held by process \d+ \(the test, idle in transaction/),
      hint: expect.stringContaining('pg_terminate_backend('),
    });
  }

  await other.unsafe('rollback');
  await other.end();
  expect(await migrate({ url, directory })).toMatchObject({ applied: [{ tag: '0001_b' }] });
  expect(await sql`select to_regclass('b')::text as b`).toEqual([{ b: 'b' }]);
});
