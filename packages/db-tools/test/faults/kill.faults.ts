import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { migrate, status } from '../../src/migrator/index.ts';
import { run } from '../../src/migrator/run.ts';
import { createDatabase, type Database } from '../migrator/database.ts';
import { createProject } from '../migrator/project.ts';
import { startRunner } from '../migrator/runner-process.ts';
import { waitUntil } from '../wait-until.ts';

const FILES = {
  '0000_init': "create table a (id int); create type mood as enum ('sad'); create index a_other on a (id)",
  '0001_steps': `insert into a values (1);
    create index concurrently a_id on a (id);
    alter type mood add value 'ok';
    insert into a select 2 where 'ok'::mood = 'ok';
    vacuum a;
    drop index concurrently a_other;
    insert into a values (3);`,
  '0002_last': 'insert into a values (4); create unique index concurrently a_unique on a (id)',
};

test('SIGKILL at every fault point, then a plain run: exactly once', async () => {
  const points = await countPoints();
  expect(points).toBeGreaterThan(30);
  for (let killAt = 0; killAt < points; killAt++) {
    const database = await createDatabase();
    const { url } = database;
    const { directory } = createProject(FILES);
    const { signal } = await startRunner({ url, directory, killAt }).ended;
    expect(signal, `point ${killAt}`).toBe('SIGKILL');
    await migrate({ url, directory });
    await expectExactlyOnce(database, directory, `killed at point ${killAt}`);
  }
});

test('ten rounds of five racing runners with SIGKILL at random: exactly once', async () => {
  for (let round = 0; round < 10; round++) {
    const database = await createDatabase();
    const { url } = database;
    const { directory } = createProject(FILES);
    const runners = Array.from({ length: 5 }, () => startRunner({ url, directory, lockWait: 60 }));
    await Promise.all(runners.map((runner) => runner.line('ready')));
    for (const runner of runners.slice(1)) {
      await sleep(randomInt(40));
      runner.child.kill('SIGKILL');
    }
    await Promise.all(runners.map((runner) => runner.ended));
    await migrate({ url, directory });
    await expectExactlyOnce(database, directory, `round ${round}`);
  }
});

test('a transaction whose runner was killed keeps nobody waiting until its statement ends', async () => {
  const { url, sql } = await createDatabase();
  await sql`create table held ()`;
  const { directory } = createProject({ '0000_held': 'lock table held; select pg_sleep(60)' });
  const runner = startRunner({ url, directory });
  await waitUntil('it sleeps', async () => {
    const [row] = await sql`select from pg_stat_activity where query = 'select pg_sleep(60)' and state = 'active'`;
    return row !== undefined;
  });
  runner.child.kill('SIGKILL');
  await runner.ended;
  await sql.begin(async (reader) => {
    await reader`set local lock_timeout = '20s'`;
    await reader`select from held`;
  });
});

describe('a build of seconds', () => {
  test.each([200, 900, 1600, 2300])(
    'whose client is killed after %i ms is built once, and no INVALID index is left',
    async (ms) => {
      const { url, sql } = await createDatabase();
      await sql.unsafe(`
      create table a as select generate_series(1, 2000) as id;
      create function slowly(int) returns int language plpgsql immutable as $$ begin perform pg_sleep(0.001); return $1; end $$`);
      const { directory } = createProject({ '0000_index': 'create index concurrently a_id on a (slowly(id))' });
      const runner = startRunner({ url, directory });
      await runner.line('file-started');
      await sleep(ms);
      runner.child.kill('SIGKILL');
      await runner.ended;

      await migrate({ url, directory });

      expect(
        await sql`select indisvalid, count(*) over ()::int from pg_index where indrelid = 'a'::regclass`,
      ).toMatchObject([{ indisvalid: true, count: 1 }]);
      expect(await status({ url, directory })).toMatchObject({ ok: true, pending: 0 });
    },
  );
});

async function countPoints(): Promise<number> {
  const { url } = await createDatabase();
  let points = 0;
  await run({ url, directory: createProject(FILES).directory }, { onFaultPoint: () => void points++ });
  return points;
}

async function expectExactlyOnce({ url, sql }: Database, directory: string, where: string): Promise<void> {
  const rows = await sql`select id from a order by id`;
  expect(
    rows.map(({ id }) => id),
    where,
  ).toEqual([1, 2, 3, 4]);
  const indexes =
    await sql`select indexrelid::regclass::text as name, indisvalid from pg_index where indrelid = 'a'::regclass order by 1`;
  expect(indexes, where).toMatchObject([
    { name: 'a_id', indisvalid: true },
    { name: 'a_unique', indisvalid: true },
  ]);
  expect(await sql`select * from drizzle.__drizzle_migrations_steps`, where).toHaveLength(0);
  expect(await sql`select * from drizzle.__drizzle_migrations`, where).toHaveLength(3);
  expect(await status({ url, directory }), where).toMatchObject({ ok: true, pending: 0 });
}
