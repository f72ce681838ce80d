import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { connect } from '../../src/connection/connect.ts';
import { withDatabase } from '../../src/connection/url.ts';
import { cloneDatabase, removeLeftovers, startTestServer } from '../../src/testing/index.ts';
import { runScript } from '../run-script.ts';
import { waitUntil } from '../wait-until.ts';

// An entrance of our own, so that what is swept here is nobody else's.
const entrance = `clone_database_test_${process.pid}`;
const serverUrl = withDatabase(process.env.TEST_DATABASE_URL!, entrance);
beforeAll(() => run(process.env.TEST_DATABASE_URL!, `create database ${entrance}`));
afterAll(() => run(process.env.TEST_DATABASE_URL!, `drop database ${entrance} with (force)`));

/** Makes a clone, reports it, stays. args: server, key, log file, statements. */
const CLONE = `
  const { appendFileSync } = await import('node:fs');
  const { connect } = await import('#/connection/connect.ts');
  const { cloneDatabase } = await import('#/testing/index.ts');
  const [serverUrl, key, log, statements] = args;
  const prepare = async (url) => {
    appendFileSync(log, url + '\\n');
    const sql = await connect(url);
    await sql.unsafe(statements);
    await sql.end();
  };
  const clone = await cloneDatabase({ serverUrl, key, prepare });
  console.log(clone.url);`;
const STAY = `${CLONE} setInterval(() => {}, 1000);`;

test('a template is prepared once, however many processes ask at the same moment', async () => {
  const log = newLog();
  const scripts = [1, 2, 3, 4].map(() =>
    runScript(`${CLONE} await clone.drop();`, [
      serverUrl,
      newKey(),
      log,
      `select pg_sleep(0.3); create table t (id int)`,
    ]),
  );
  const results = await Promise.all(scripts.map((script) => script.ended));
  expect(results.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
  expect(new Set(results.map(({ output }) => output)).size).toBe(4);
  expect(fs.readFileSync(log, 'utf8').trim().split('\n')).toHaveLength(1);
});

test('clones start with what the template holds and do not see each other', async () => {
  const [one, two] = await Promise.all([cloneOf(newKey()), cloneOf(newKey())]);
  await run(one.url, 'insert into t values (2); create table only_here (id int)');
  expect(await run(one.url, 'select id from t order by id')).toEqual([{ id: 1 }, { id: 2 }]);
  expect(await run(two.url, 'select id from t')).toEqual([{ id: 1 }]);
  expect(await run(two.url, `select to_regclass('only_here') as missing`)).toEqual([{ missing: null }]);
});

test('another key is another template', async () => {
  const [old, changed] = await Promise.all([
    cloneOf(newKey('a')),
    cloneOf(newKey('b'), 'create table changed (id int)'),
  ]);
  expect(await run(old.url, `select to_regclass('changed') is null as missing`)).toEqual([{ missing: true }]);
  expect(await run(changed.url, `select to_regclass('t') is null as missing`)).toEqual([{ missing: true }]);
});

test('drop() removes it at once, whoever is still connected', async () => {
  const clone = await cloneDatabase({
    serverUrl,
    key: newKey(),
    prepare: (url) => run(url, 'create table t (id int)'),
  });
  const sql = await connect(clone.url);
  await clone.drop();
  await expect(sql`select 1`.then(() => connect(clone.url, { connectTimeout: 1 }))).rejects.toThrow();
  await sql.end({ timeout: 0 });
  expect(await databases([clone.url])).toEqual([]);
});

test('a preparation that leaves its connection open does not stop the copies', async () => {
  const clone = await cloneDatabase({
    serverUrl,
    key: newKey(),
    prepare: async (url) => {
      const sql = await connect(url);
      onTestFinished(() => sql.end({ timeout: 0 }));
      await sql`create table t (id int)`;
    },
  });
  onTestFinished(() => clone.drop());
  expect(await run(clone.url, 'select * from t')).toEqual([]);
});

test('a preparation that fails tells so, and the next one begins anew', async () => {
  const key = newKey();
  const prepare = async (url: string) => {
    await run(url, 'create table half (id int)');
    throw new Error('the migration is wrong');
  };
  await expect(cloneDatabase({ serverUrl, key, prepare })).rejects.toThrow('the migration is wrong');
  const clone = await cloneOf(key);
  expect(await run(clone.url, `select to_regclass('half') is null as missing`)).toEqual([{ missing: true }]);
});

test('a process killed while it prepares leaves a template that the next one makes anew', async () => {
  const log = newLog();
  const key = newKey();
  const killed = runScript(CLONE, [serverUrl, key, log, 'create table half (id int); select pg_sleep(60)']);
  await waitUntil('it prepares', () => fs.existsSync(log) && fs.readFileSync(log, 'utf8').includes('\n'));
  const template = fs.readFileSync(log, 'utf8').trim();
  await waitUntil('its statements run', async () => (await backends(template)) > 0);
  killed.child.kill('SIGKILL');
  await killed.ended;
  const clone = await cloneOf(key);
  expect(await run(clone.url, `select to_regclass('half') is null as missing`)).toEqual([{ missing: true }]);
});

test('what a crashed run left goes at the next start; what a living one uses stays', async () => {
  const key = newKey();
  const dead = runScript(STAY, [serverUrl, key, newLog(), 'create table t (id int)']);
  const living = runScript(STAY, [serverUrl, key, newLog(), 'create table t (id int)']);
  onTestFinished(() => void living.child.kill());
  const [left, kept] = [await dead.line('postgres://'), await living.line('postgres://')];
  const foreign = withDatabase(serverUrl, 'db_test_of_somebody_else');
  await run(serverUrl, 'create database db_test_of_somebody_else');
  onTestFinished(async () => void (await run(serverUrl, 'drop database db_test_of_somebody_else')));
  dead.child.kill('SIGKILL');
  await dead.ended;
  await waitUntil('the server notices', async () => (await locks(left)) === 0);

  const server = await startTestServer(serverUrl);
  await server.stop();
  expect(await databases([left, kept, foreign])).toEqual([kept, foreign].map(nameOf).sort());
  expect(await run(kept, 'select * from t')).toEqual([]);
});

test('runs that reach the server through another database keep out of each other’s way', async () => {
  const clone = await cloneOf(newKey());
  await run(serverUrl, 'create database other_entrance');
  onTestFinished(async () => void (await run(serverUrl, 'drop database other_entrance with (force)')));
  expect(await removeLeftovers(withDatabase(serverUrl, 'other_entrance'))).toEqual([]);
  expect(await run(clone.url, 'select id from t')).toEqual([{ id: 1 }]);
});

test('a role that may create no databases is told what to do', async () => {
  await run(serverUrl, 'create role weak_tester login');
  onTestFinished(async () => void (await run(serverUrl, 'drop role weak_tester')));
  const url = serverUrl.replace('postgres://postgres@', 'postgres://weak_tester@');
  await expect(startTestServer(url)).rejects.toMatchObject({
    code: 'test_server_unusable',
    exit: 5,
    hint: expect.stringContaining('ALTER ROLE "weak_tester" CREATEDB'),
  });
});

async function cloneOf(key: string, statements = 'create table t (id int); insert into t values (1)') {
  const clone = await cloneDatabase({ serverUrl, key, prepare: (url) => run(url, statements) });
  onTestFinished(() => clone.drop());
  return clone;
}

function newKey(suffix = ''): string {
  return `${process.pid} ${expect.getState().currentTestName}${suffix}`;
}

function newLog(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'clones '));
  onTestFinished(() => fs.rmSync(folder, { recursive: true }));
  return path.join(folder, 'log');
}

async function run(url: string, statements: string): Promise<Record<string, unknown>[]> {
  const sql = await connect(url);
  try {
    return [...(await sql.unsafe(statements))];
  } finally {
    await sql.end();
  }
}

function nameOf(url: string): string {
  return new URL(url).pathname.slice(1);
}

async function databases(urls: string[]): Promise<string[]> {
  const rows = await run(serverUrl, 'select datname as name from pg_database order by 1');
  return rows.map(({ name }) => String(name)).filter((name) => urls.map(nameOf).includes(name));
}

async function backends(url: string): Promise<number> {
  return (await run(serverUrl, `select from pg_stat_activity where datname = '${nameOf(url)}'`)).length;
}

/** Advisory locks that say that a clone is in use; its id is the end of the name. */
async function locks(url: string): Promise<number> {
  const id = Number.parseInt(nameOf(url).slice(-8), 16);
  return (await run(serverUrl, `select from pg_locks where locktype = 'advisory' and objid = ${id}`)).length;
}
