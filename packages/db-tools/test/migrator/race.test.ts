import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { status } from '../../src/migrator/index.ts';
import { createDatabase } from './database.ts';
import { createProject } from './project.ts';
import { type RunnerReport, startRunner } from './runner-process.ts';

const FIRST = {
  '0000_init': "create table a (id int); create type mood as enum ('sad')",
  '0001_slow': 'insert into a select 1; select pg_sleep(0.1)',
};
const SECOND = {
  '0002_steps':
    "insert into a values (2); create index concurrently a_id on a (id); alter type mood add value 'ok'; insert into a select 3 where 'ok'::mood = 'ok'",
  '0003_last': 'insert into a values (4)',
};

describe('six racing runners apply each file once, and none even begins a file of another', () => {
  test('on a fresh database, and on the database that is there then', async () => {
    const { url, sql } = await createDatabase();
    const project = createProject(FIRST);

    expectOnce(await race(url, project.directory), Object.keys(FIRST));
    for (const [tag, text] of Object.entries(SECOND)) project.add(tag, text);
    expectOnce(await race(url, project.directory), Object.keys(SECOND));

    expect(await sql`select id from a order by id`).toMatchObject([{ id: 1 }, { id: 2 }, { id: 3 }, { id: 4 }]);
    expect(await sql`select count(*)::int from drizzle.__drizzle_migrations`).toMatchObject([{ count: 4 }]);
    expect(await status({ url, directory: project.directory })).toMatchObject({ ok: true, pending: 0 });
  });
});

async function race(url: string, directory: string): Promise<RunnerReport[]> {
  const startFile = path.join(directory, `start ${randomUUID()}`);
  const runners = Array.from({ length: 6 }, () => startRunner({ url, directory, startFile, lockWait: 30 }));
  await Promise.all(runners.map((runner) => runner.line('ready')));
  writeFileSync(startFile, '');
  return Promise.all(runners.map((runner) => runner.report));
}

function expectOnce(reports: RunnerReport[], tags: string[]): void {
  expect(reports.flatMap(({ error }) => error ?? [])).toEqual([]);
  expect(reports.flatMap(({ result }) => result?.applied.map(({ tag }) => tag) ?? [])).toEqual(tags);
  expect(reports.flatMap(({ events }) => events.filter(({ type }) => type === 'file-started'))).toHaveLength(
    tags.length,
  );
}
