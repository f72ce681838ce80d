import { afterAll, beforeAll, expect, test } from 'vitest';
import { waitUntil } from '../wait-until.ts';
import { createProject, type Project } from './project.ts';

const STRANGER = `stranger_${process.pid}`;

let project: Project;
beforeAll(async () => {
  project = createProject();
  await project.db(['prepare']);
});
afterAll(() => project.remove());

test('unlock shows who holds the lock, and ends exactly that session once it is confirmed', async () => {
  expect((await project.db(['unlock', '--json'])).json).toMatchObject({ holder: null, terminated: false });
  project.addMigration('0001_slow', 'select pg_sleep(60);');
  const running = project.db(['migrate', '--json']);
  await waitUntil('the slow statement', async () => (await project.query(ASLEEP)).length === 1);
  const [{ pid } = {}] = await project.query(ASLEEP);

  const shown = await project.db(['unlock', '--json']);
  expect(shown.exit).toBe(0);
  expect(shown.json.holder).toMatchObject({ pid, application: 'db migrate', query: 'select pg_sleep(60)' });
  expect(shown.stderr).toContain(`pnpm db unlock --terminate ${pid}`);

  const locked = await project.db(['migrate', '--lock-wait', '0', '--json']);
  expect(locked.exit).toBe(4);
  expect(locked.json).toMatchObject({ error: { code: 'migration_locked' }, holder: { pid } });

  await project.query(`create role ${STRANGER} login`);
  const url = project.url.replace('postgres@', `${STRANGER}@`);
  const hidden = await project.db(['unlock', '--json'], { url });
  await project.query(`drop role ${STRANGER}`);
  // What PostgreSQL hides of another role's session is left out: an age of 0 would say that it began just now.
  expect(hidden.json.holder).toMatchObject({ pid, state: '', query: '' });
  expect(hidden.json.holder).not.toHaveProperty('age');
  expect(hidden.stderr).toContain('state        unknown\n');

  const refused = await project.db(['unlock', '--terminate', String(pid), '--json']);
  expect(refused.exit).toBe(2);
  expect(refused.json).toMatchObject({ error: { hint: `pnpm db unlock --terminate ${pid} --yes` }, holder: { pid } });
  const other = await project.db(['unlock', '--terminate', '1', '--yes', '--json']);
  expect([other.exit, other.json.error.code]).toEqual([4, 'not_the_holder']);
  expect(await project.query(ASLEEP)).toHaveLength(1);

  const ended = await project.db(['unlock', '--terminate', String(pid), '--yes', '--json']);
  expect(ended.json).toMatchObject({ holder: { pid }, terminated: true });
  expect((await project.db(['unlock', '--json'])).json.holder).toBeNull();
  const cut = await running;
  expect([cut.exit, cut.json.error.code]).toEqual([1, 'connection_lost']);
});

const ASLEEP = `select pid from pg_stat_activity where datname = current_database() and query = 'select pg_sleep(60)'`;
