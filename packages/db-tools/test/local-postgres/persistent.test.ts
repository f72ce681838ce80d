import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { shellPath } from '../../src/command-line/shell-path.ts';
import { connect } from '../../src/connection/connect.ts';
import {
  type LocalServer,
  localPostgresStatus,
  startLocalPostgres,
  stopLocalPostgres,
} from '../../src/local-postgres/index.ts';
import { runScript } from '../run-script.ts';
import { newFolder } from './folder.ts';

const START = `
  const { startLocalPostgres } = await import('#/local-postgres/index.ts');
  console.log(JSON.stringify(await startLocalPostgres(...args)));`;

test('starts, is found running, keeps data and port over a stop', async () => {
  const directory = path.join(newFolder('pg'), 'pg');
  expect(await localPostgresStatus(directory)).toBeUndefined();
  expect(await stopLocalPostgres(directory)).toBe(false);

  const first = await startLocalPostgres({ directory });
  expect(first).toMatchObject({
    started: true,
    directory,
    url: `postgres://postgres@127.0.0.1:${first.port}/postgres`,
  });
  await query(first.url, 'create table kept (id int); insert into kept values (1)');
  expect(await startLocalPostgres({ directory })).toEqual({ ...first, started: false });
  expect(await localPostgresStatus(directory)).toEqual({ ...first, started: false });

  expect(await stopLocalPostgres(directory)).toBe(true);
  expect(await localPostgresStatus(directory)).toBeUndefined();
  const second = await startLocalPostgres({ directory });
  expect(second).toMatchObject({ started: true, port: first.port });
  expect(await query(second.url, 'select id from kept')).toEqual([{ id: 1 }]);
});

test('is UTF-8 with the sorting of C.UTF-8, in UTC, on loopback only, with room for several services', async () => {
  const directory = path.join(newFolder('pg'), 'pg');
  const { url } = await startLocalPostgres({ directory });
  const [row] = await query(
    url,
    `select current_setting('server_encoding') as encoding, datlocprovider as provider, datlocale as locale,
            current_setting('timezone') as timezone, current_setting('listen_addresses') as addresses,
            current_setting('max_connections') as connections, current_setting('fsync') as fsync,
            upper('straße ñ') as upper, uuidv7() is not null as uuidv7
     from pg_database where datname = current_database()`,
  );
  expect(row).toEqual({
    ...{ encoding: 'UTF8', provider: 'b', locale: 'C.UTF-8', timezone: 'UTC', addresses: '127.0.0.1' },
    ...{ connections: '200', fsync: 'on', upper: 'STRASSE Ñ'.replace('SS', 'ß'), uuidv7: true },
  });
  await query(url, 'create extension pg_trgm; create extension citext');
  expect(await query(url, `select show_trgm('ñ') <> '{}' as non_ascii`)).toEqual([{ non_ascii: true }]);
});

test('the environment of whoever started it neither changes it nor can be read through it', async () => {
  const directory = path.join(newFolder('pg'), 'pg');
  const env = { ...process.env, PGPORT: '1', PGDATA: '/nowhere', PGOPTIONS: '-c fsync=off', SECRET: 'do not leak' };
  const { url } = JSON.parse(await runScript(START, [{ directory }], { env }).line('{'));
  const program = `create table environment (line text); copy environment from program 'env'`;
  await query(url, program);
  expect(await query(url, `select line from environment where line ~ 'SECRET|PGOPTIONS'`)).toEqual([]);
});

test('outlives its starter, and two processes that start at once get one server', async () => {
  const directory = path.join(newFolder('pg'), 'pg');
  const starts = [1, 2, 3].map(() => runScript(START, [{ directory }]));
  const servers = await Promise.all(starts.map(async ({ ended }) => JSON.parse((await ended).output)));
  expect(new Set(servers.map(({ pid }) => pid)).size).toBe(1);
  expect(servers.filter(({ started }) => started)).toHaveLength(1);
  expect(await query(servers[0].url, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('clones that want the same port at the same moment get one each, and keep it', async () => {
  const names = ['a', 'b', 'c'];
  const folder = newFolder(...names);
  const startAll = () => Promise.all(names.map((name) => startLocalPostgres({ directory: path.join(folder, name) })));
  const [{ port }] = (await startAll()) as [LocalServer];
  for (const name of names) {
    await stopLocalPostgres(path.join(folder, name));
    fs.writeFileSync(path.join(folder, name, 'port'), `${port}\n`);
  }
  const servers = await startAll();
  expect(servers.filter((server) => server.port === port)).toHaveLength(1);
  expect(new Set(servers.map((server) => server.port)).size).toBe(3);
  for (const { url, directory } of servers) {
    expect(await query(url, 'show data_directory')).toEqual([{ data_directory: path.join(directory, 'data') }]);
  }
});

test('a taken port is passed over, at the first start and at a later one', async () => {
  const directory = path.join(newFolder('pg'), 'pg');
  const taken = await listen(await freePort());
  const first = await startLocalPostgres({ directory, port: taken });
  expect(first.port).toBeGreaterThan(taken);
  await stopLocalPostgres(directory);
  await listen(first.port);
  const second = await startLocalPostgres({ directory, port: taken });
  expect(second.port).toBeGreaterThan(first.port);
  await stopLocalPostgres(directory);
  expect((await startLocalPostgres({ directory })).port).toBe(second.port);
});

test("another major version's data is left alone", async () => {
  const directory = path.join(newFolder('pg'), 'pg');
  await startLocalPostgres({ directory });
  await stopLocalPostgres(directory);
  fs.writeFileSync(path.join(directory, 'data', 'PG_VERSION'), '17\n');
  await expect(startLocalPostgres({ directory })).rejects.toMatchObject({
    code: 'postgres_version_mismatch',
    message: expect.stringContaining('made by PostgreSQL 17'),
    hint: expect.stringContaining(`mv ${shellPath(`${directory}/data`)}`),
  });
});

test('a server that does not come up shows the end of its log', async () => {
  const directory = path.join(newFolder('pg'), 'pg');
  await startLocalPostgres({ directory });
  await stopLocalPostgres(directory);
  fs.appendFileSync(path.join(directory, 'data', 'postgresql.conf'), '\nnot_a_setting = 1\n');
  await expect(startLocalPostgres({ directory })).rejects.toMatchObject({
    code: 'postgres_start_failed',
    message: expect.stringContaining('unrecognized configuration parameter "not_a_setting"'),
    hint: expect.stringContaining('postgres.log'),
  });
});

test('a folder that cannot be made is an error with a next step', async () => {
  const folder = newFolder();
  fs.writeFileSync(path.join(folder, 'file'), '');
  await expect(startLocalPostgres({ directory: path.join(folder, 'file', 'pg') })).rejects.toMatchObject({
    code: 'directory_not_writable',
    hint: expect.stringContaining('DATABASE_URL'),
  });
});

async function query(url: string, statements: string): Promise<Record<string, unknown>[]> {
  const sql = await connect(url);
  try {
    return [...(await sql.unsafe(statements))];
  } finally {
    await sql.end();
  }
}

function listen(port: number): Promise<number> {
  const server = net.createServer();
  onTestFinished(() => void server.close());
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(port));
  });
}

async function freePort(): Promise<number> {
  for (let port = 28_000 + (process.pid % 1000); ; port++) {
    const server = net.createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    if (free) return port;
  }
}
