import { describe, expect, test } from 'vitest';
import { type MigrateEvent, migrate, status } from '../../src/migrator/index.ts';
import { run } from '../../src/migrator/run.ts';
import { openSession } from '../../src/migrator/session.ts';
import { waitUntil } from '../wait-until.ts';
import { createDatabase } from './database.ts';
import { createProject } from './project.ts';
import { startProxy } from './proxy.ts';

const FILES = {
  '0000_a': 'create table a (id int)',
  '0001_b': 'insert into a values (1)',
  '0002_c': 'insert into a values (2)',
};

describe('the connection is cut at COMMIT', () => {
  test.each([
    ['after the server got it: the file is not applied again', 'cutAfter', true],
    ['before the server got it: the file is applied again', 'cutBefore', false],
  ] as const)('%s', async (_, cut, committed) => {
    const { url, sql } = await createDatabase();
    const proxy = await startProxy(url);
    const { directory } = createProject(FILES);
    const events: MigrateEvent[] = [];
    const onEvent = (event: MigrateEvent) => {
      events.push(event);
      if (event.type === 'file-started' && event.tag === '0001_b') proxy[cut]('commit\0');
    };

    const result = await migrate({ url: proxy.url, directory, onEvent });

    expect(proxy.cuts).toBe(1);
    expect(result.applied.map(({ tag }) => tag)).toEqual(Object.keys(FILES));
    expect(events.filter(({ type }) => type === 'reconnected')).toEqual([
      { type: 'reconnected', tag: '0001_b', committed },
    ]);
    expect(await sql`select id from a order by id`).toMatchObject([{ id: 1 }, { id: 2 }]);
    expect(await status({ url, directory })).toMatchObject({ ok: true, pending: 0 });
  });

  test('in a file of steps', async () => {
    const { url, sql } = await createDatabase();
    const proxy = await startProxy(url);
    const { directory } = createProject({
      '0000_a': 'create table a (id int)',
      '0001_b': 'insert into a values (1); create index concurrently a_id on a (id); insert into a values (2)',
    });
    const onEvent = (event: MigrateEvent) => {
      if (event.type === 'file-started' && event.tag === '0001_b') proxy.cutAfter('commit\0');
    };

    await migrate({ url: proxy.url, directory, onEvent });

    expect(await sql`select id from a order by id`).toMatchObject([{ id: 1 }, { id: 2 }]);
    expect(await sql`select * from drizzle.__drizzle_migrations_steps`).toHaveLength(0);
  });
});

test('the connection is cut at COMMIT and the run stopped: whether the file is committed is said to be unknown', async () => {
  const { url } = await createDatabase();
  const proxy = await startProxy(url);
  const { directory } = createProject(FILES);
  const stop = new AbortController();
  const onFaultPoint = (name: string) => {
    if (name !== '0001_b: before commit') return;
    proxy.cutAfter('commit\0');
    stop.abort();
  };

  await expect(run({ url: proxy.url, directory, signal: stop.signal }, { onFaultPoint })).rejects.toMatchObject({
    code: 'commit_unknown',
    exit: 1,
    message: expect.stringContaining('0001_b'),
    hint: 'See where it stands: pnpm db status',
  });
  expect(proxy.cuts).toBe(1);
});

test('the connection is cut in the middle of a file: the run ends instead of going on unlocked, and nothing of the file is kept', async () => {
  const { url, sql } = await createDatabase();
  const proxy = await startProxy(url);
  const { directory } = createProject({
    '0000_a': 'create table a (id int)',
    '0001_b': "insert into a values (1); select 'the cut'; insert into a values (2)",
  });
  const onEvent = (event: MigrateEvent) => {
    if (event.type === 'file-started' && event.tag === '0001_b') proxy.cutAfter("'the cut'");
  };

  const run = migrate({ url: proxy.url, directory, onEvent });

  await expect(run).rejects.toMatchObject({
    code: 'connection_lost',
    exit: 1,
    tag: '0001_b',
    statement: 2,
    committed: expect.stringContaining('Nothing of 0001_b'),
  });
  expect(await sql`select * from a`).toHaveLength(0);
  expect(await migrate({ url, directory })).toMatchObject({ applied: [{ tag: '0001_b' }] });
});

test('a connection that the server ends is lost with the words of the server', async () => {
  const { url, sql } = await createDatabase();
  const { directory } = createProject({ '0000_a': 'select pg_sleep(5)' });
  const run = migrate({ url, directory });
  run.catch(() => {});
  const sleeper = () =>
    sql`select pid from pg_stat_activity where datname = current_database() and query = 'select pg_sleep(5)' and state = 'active'`;
  const [row] = await waitUntil('the statement', async () =>
    (await sleeper()).length > 0 ? await sleeper() : undefined,
  );
  await sql`select pg_terminate_backend(${Number(row!.pid)})`;

  await expect(run).rejects.toMatchObject({
    code: 'connection_lost',
    message: expect.stringContaining('terminating connection due to administrator command'),
  });
});

// postgres.js would open a new connection and go on there, outside of the transaction and without the lock.
test('a session whose connection is gone never gets another', async () => {
  const { url, sql } = await createDatabase();
  const session = await openSession({ url });
  const [row] = await session.run('begin; select pg_backend_pid() as pid');
  await sql`select pg_terminate_backend(${Number(row!.pid)})`;

  await expect(session.run('select 1')).rejects.toThrow('The connection to the database was lost');
  await expect(session.run('select 1')).rejects.toThrow('The connection to the database was lost');
  expect(session.lost).toBe(true);
  await session.close();
  expect(
    await sql`select from pg_stat_activity where application_name = 'db-tools' and datname = current_database()`,
  ).toHaveLength(0);
});
