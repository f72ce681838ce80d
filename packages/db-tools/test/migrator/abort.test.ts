import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Sql } from 'postgres';
import { expect, test } from 'vitest';
import { type MigrateEvent, migrate, revert, status } from '../../src/migrator/index.ts';
import { run } from '../../src/migrator/run.ts';
import { waitUntil } from '../wait-until.ts';
import { createDatabase, createRole } from './database.ts';
import { createProject } from './project.ts';

// A request to cancel that arrives between two statements is lost: the server has nothing to end at that moment.
test('a run that is stopped just before a statement ends all the same, and the statement with it', async () => {
  const { url, sql } = await createDatabase();
  const { directory } = createProject({ '0000_a': '-- db: transaction=none\nselect pg_sleep(5)' });
  const stop = new AbortController();
  const onFaultPoint = async (name: string) => {
    if (name !== '0000_a: step 1 running') return;
    stop.abort();
    // Until the first request has come and gone.
    await sleep(100);
  };

  const begun = performance.now();
  await expect(run({ url, directory, signal: stop.signal }, { onFaultPoint })).rejects.toMatchObject({
    code: 'aborted',
    exit: 1,
  });

  expect(performance.now() - begun).toBeLessThan(3000);
  expect(await asleep(sql)).toHaveLength(0);
});

test('a run that is stopped ends its statement without a connection for it: all that its role may have are taken', async () => {
  const database = await createDatabase();
  const { role, url } = await createRole(database);
  await database.sql.unsafe(
    `alter role ${role} connection limit 1; grant create on database ${new URL(url).pathname.slice(1)} to ${role}; grant create on schema public to ${role}`,
  );
  const { directory } = createProject({ '0000_a': 'select pg_sleep(5)' });
  const stop = new AbortController();

  const running = run({ url, directory, signal: stop.signal });
  running.catch(() => {});
  await waitUntil('the statement', async () => (await asleep(database.sql)).length === 1);
  const begun = performance.now();
  stop.abort();

  await expect(running).rejects.toMatchObject({ code: 'aborted', exit: 1 });
  expect(performance.now() - begun).toBeLessThan(2000);
  expect(await asleep(database.sql)).toHaveLength(0);
  await database.sql.unsafe(`drop owned by ${role}`);
});

test('a revert that is stopped does not send anybody to migrate, which would apply again what it has reverted', async () => {
  const { url } = await createDatabase();
  const { directory } = createProject({ '0000_a': 'select 1', '0001_b': 'select 1' });
  await migrate({ url, directory });
  for (const tag of ['0000_a', '0001_b']) writeFileSync(join(directory, `${tag}.down.sql`), 'select 1');
  const stop = new AbortController();
  const onEvent = ({ type }: MigrateEvent) => type === 'file-finished' && stop.abort();

  await expect(revert({ url, directory, count: 2, signal: stop.signal, onEvent })).rejects.toMatchObject({
    code: 'aborted',
    hint: 'See where it stands: pnpm db status',
  });
  expect(await status({ url, directory })).toMatchObject({ pending: 1 });
});

function asleep(sql: Sql) {
  return sql`select from pg_stat_activity where datname = current_database() and query = 'select pg_sleep(5)' and state = 'active'`;
}
