import { expect, test } from 'vitest';
import { assertMigrated, migrate } from '../../src/migrator/index.ts';
import { run } from '../../src/migrator/run.ts';
import { connectTo, createDatabase, createRole } from '../migrator/database.ts';
import { createProject } from '../migrator/project.ts';
import { startProxy } from '../migrator/proxy.ts';
import { waitUntil } from '../wait-until.ts';

test.each([
  ['a statement', 'create table a'],
  ['COMMIT', 'commit\0'],
])(
  'a run that is stopped while the server is silent at %s ends within seconds, and the next one finds its way',
  async (_, text) => {
    const { url, sql } = await createDatabase();
    const proxy = await startProxy(url);
    const { directory } = createProject({ '0000_a': 'create table a (id int)' });
    const stop = new AbortController();
    const onFaultPoint = (name: string) => {
      if (name === '0000_a: before begin') proxy.fallSilentAt(text);
    };

    const running = run({ url: proxy.url, directory, signal: stop.signal }, { onFaultPoint });
    running.catch(() => {});
    await waitUntil('the silence', () => proxy.silent);
    const begun = performance.now();
    stop.abort();

    await expect(running).rejects.toMatchObject({ code: 'server_silent', exit: 1 });
    expect(performance.now() - begun).toBeLessThan(8000);
    proxy.close();
    expect(await migrate({ url, directory })).toMatchObject({ applied: [{ tag: '0000_a' }] });
    expect(await sql`select to_regclass('a')::text as a`).toEqual([{ a: 'a' }]);
  },
);

test('assertMigrated does not wait for a locked history without end', async () => {
  const { url, sql } = await createDatabase();
  const { directory } = createProject({ '0000_a': 'create table a (id int)' });
  await migrate({ url, directory });
  const other = connectTo(url, 1);
  await other.unsafe('begin; lock table drizzle.__drizzle_migrations');

  await expect(assertMigrated(sql, directory)).rejects.toMatchObject({
    code: 'history_unanswered',
    hint: 'See who has it locked: pnpm db status',
  });

  await other.end();
  await assertMigrated(sql, directory);
});

test('who is in the way is told as soon as there is a connection to see it with', async () => {
  const database = await createDatabase();
  const { role, url } = await createRole(database);
  const { sql } = database;
  await sql.unsafe(`
    alter role ${role} connection limit 1; grant create on database ${new URL(url).pathname.slice(1)} to ${role};
    create table held (id int); alter table held owner to ${role}; grant all on schema public to ${role}`);
  const { directory } = createProject({ '0000_a': 'alter table held add column x int' });
  const other = connectTo(database.url, 1);
  await other.unsafe('begin; lock table held');
  const blockers: string[] = [];

  const running = migrate({
    url,
    directory,
    lockTimeout: 30,
    onEvent: (event) => {
      if (event.type === 'statement-running') blockers.push(...event.waitingFor.map(({ application }) => application));
    },
  });
  running.catch(() => {});
  // The first look, and that it failed, is all that tells of the limit.
  const blocked =
    () => sql`select from pg_stat_activity where query like 'alter table held%' and wait_event_type = 'Lock'
    and datname = current_database() and clock_timestamp() - query_start > interval '4 seconds'`;
  await waitUntil('the first look', async () => (await blocked()).length > 0);
  expect(blockers).toEqual([]);
  await sql.unsafe(`alter role ${role} connection limit 5`);
  await waitUntil('the next look', () => blockers.length > 0, 15);
  await other.end();

  expect(blockers[0]).toBe('the test');
  await running;
  await sql.unsafe(`drop owned by ${role} cascade`);
});
