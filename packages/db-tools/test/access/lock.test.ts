import { expect, test } from 'vitest';
import { reconcileGrants } from '../../src/access/index.ts';
import type { MigrateEvent, MigrateOptions } from '../../src/migrator/index.ts';
import { run } from '../../src/migrator/run.ts';
import { connectTo } from '../migrator/database.ts';
import { createProject } from '../migrator/project.ts';
import { waitUntil } from '../wait-until.ts';
import { createDatabaseWithRoles } from './database-with-roles.ts';

test('rights that another session is at are tried again, and who that is is named', async () => {
  const { session, events, migrate, blocker, prefix } = await createConflict();

  const running = migrate();
  await waitUntil('two retries', () => events.filter(({ type }) => type === 'retry').length >= 2);
  await blocker.unsafe('rollback');
  await running;

  expect(events.find(({ type }) => type === 'retry')).toMatchObject({
    tag: 'grants',
    code: '55P03',
    blockers: [{ application: 'the test', state: 'idle in transaction' }],
  });
  const [row] = await session`select has_table_privilege(${`${prefix}_readonly`}, 'sales.a', 'insert') as may`;
  expect(row!.may).toBe(false);
});

test('rights that stay locked end the run with who holds them, and what is applied stays', async () => {
  const { session, migrate, pid } = await createConflict();

  await expect(migrate()).rejects.toMatchObject({
    code: 'lock_not_available',
    exit: 1,
    message: expect.stringMatching(
      `^Every file is applied, but .* \\(55P03\\)\\. Blocked by process ${pid} \\(the test, `,
    ),
    hint: expect.stringContaining(`pg_terminate_backend(${pid})`),
    details: { blockers: [{ pid }] },
  });

  expect(await session`select from sales.b`).toEqual([]);
});

test('a run that is stopped while it waits for rights says so', async () => {
  const { session, migrate } = await createConflict();
  const stop = new AbortController();

  const running = migrate({ lockTimeout: 30, signal: stop.signal }).catch((error: unknown) => error);
  const waiting = `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
  await waitUntil('the grants wait', async () => (await session.unsafe(waiting)).length > 0);
  stop.abort();

  expect(await running).toMatchObject({ code: 'aborted' });
});

/**
 * A right too many, which another session is about to change too; what `migrate` has to apply beside it creates
 * sales.b.
 */
async function createConflict() {
  const { url, session, prefix, declared, asOwner } = await createDatabaseWithRoles();
  await asOwner('create table sales.a ()');
  await session.unsafe(`grant insert on sales.a to ${prefix}_readonly`);
  const blocker = connectTo(url, 1);
  const [row] = await blocker
    .unsafe(`begin; grant update on sales.a to ${prefix}_readonly`)
    .then(() => blocker`select pg_backend_pid() as pid`);
  const { directory } = createProject({ '0000_b': 'create table sales.b ()' });
  const events: MigrateEvent[] = [];
  const options = { url, directory, lockTimeout: 0.3, onEvent: (event: MigrateEvent) => events.push(event) };
  const migrate = (more: Partial<MigrateOptions> = {}) =>
    run({ ...options, ...more, afterApply: reconcileGrants(declared) }, { firstPause: 1 });
  return { session, prefix, events, migrate, blocker, pid: Number(row!.pid) };
}
