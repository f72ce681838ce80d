import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { connect } from '../../src/connection/connect.ts';
import { startLocalPostgres, stopLocalPostgres } from '../../src/local-postgres/index.ts';
import { runScript } from '../run-script.ts';
import { waitUntil } from '../wait-until.ts';
import { newFolder } from './folder.ts';

const START = `
  const { startLocalPostgres } = await import('#/local-postgres/index.ts');
  console.log(JSON.stringify(await startLocalPostgres(...args)));`;

test('what was committed is there after kill -9, without a moment of waiting', async () => {
  const directory = path.join(newFolder('pg'), 'pg');
  const first = await startLocalPostgres({ directory });
  await insert(first.url, 1000);
  process.kill(first.pid, 'SIGKILL');
  const second = await startLocalPostgres({ directory });
  expect(second).toMatchObject({ started: true, port: first.port });
  expect(await count(second.url)).toBe(1000);
});

test('clients of a killed server that are still busy do not keep the next one from starting', async () => {
  const directory = path.join(newFolder('pg'), 'pg');
  const first = await startLocalPostgres({ directory });
  const sql = await connect(first.url);
  const busy = sql`select count(*) from generate_series(1, 300000000)`.catch(() => {});
  await waitUntil('the query runs', async () => (await active(first.url)) > 0);
  process.kill(first.pid, 'SIGKILL');
  expect(await startLocalPostgres({ directory })).toMatchObject({ started: true });
  await sql.end({ timeout: 0 });
  await busy;
});

test('a killed server that nobody reaps, a zombie, counts as gone', async () => {
  const directory = path.join(newFolder('pg'), 'pg');
  const starter = runScript(`${START} setInterval(() => {}, 1000);`, [{ directory }]);
  onTestFinished(() => void starter.child.kill('SIGKILL'));
  const first = JSON.parse(await starter.line('{'));
  starter.child.kill('SIGSTOP');
  process.kill(first.pid, 'SIGKILL');
  const second = await startLocalPostgres({ directory });
  expect(() => process.kill(first.pid, 0)).not.toThrow();
  expect(second.started).toBe(true);
  expect(second.pid).not.toBe(first.pid);
});

test("another program under the dead server's process id is not taken for it", async () => {
  const directory = path.join(newFolder('pg'), 'pg');
  const { pid } = await startLocalPostgres({ directory });
  const pidFile = path.join(directory, 'data', 'postmaster.pid');
  const content = fs.readFileSync(pidFile, 'utf8');
  await stopLocalPostgres(directory);
  fs.writeFileSync(pidFile, content.replace(String(pid), String(process.pid)));
  expect(await startLocalPostgres({ directory })).toMatchObject({ started: true });
});

test('a starter that dies on the way, at whatever moment, leaves nothing that stops the next', async () => {
  const folder = newFolder('0', '40', '150', '300', '450');
  for (const delay of [0, 40, 150, 300, 450]) {
    const directory = path.join(folder, String(delay));
    const starter = runScript(START, [{ directory }]);
    await waitUntil('it has begun', () => fs.existsSync(directory));
    await new Promise((resolve) => setTimeout(resolve, delay));
    starter.child.kill('SIGKILL');
    await starter.ended;
    const { url } = await startLocalPostgres({ directory });
    await insert(url, 1);
    await stopLocalPostgres(directory);
    await startLocalPostgres({ directory });
    expect(fs.readdirSync(directory).sort()).toEqual(['data', 'port', 'postgres.log']);
  }
});

test('a data folder without a finished cluster makes room, and nothing in it is deleted', async () => {
  const directory = path.join(newFolder('pg'), 'pg');
  fs.mkdirSync(path.join(directory, 'data', 'base'), { recursive: true });
  fs.writeFileSync(path.join(directory, 'data', 'PG_VERSION'), '18\n');
  fs.writeFileSync(path.join(directory, 'data', 'mine'), 'precious');
  const { url } = await startLocalPostgres({ directory });
  expect(await insert(url, 1)).toBeUndefined();
  expect(fs.readFileSync(path.join(directory, 'data.incomplete-1', 'mine'), 'utf8')).toBe('precious');
});

test('a clone that was copied while its server ran gets a server of its own', async () => {
  const folder = newFolder('original', 'copy');
  const original = await startLocalPostgres({ directory: path.join(folder, 'original') });
  await insert(original.url, 3);
  const sql = await connect(original.url);
  await sql`checkpoint`;
  await sql.end();
  fs.cpSync(path.join(folder, 'original'), path.join(folder, 'copy'), { recursive: true });
  fs.chmodSync(path.join(folder, 'copy', 'data'), 0o700);
  const copy = await startLocalPostgres({ directory: path.join(folder, 'copy') });
  expect(copy.port).not.toBe(original.port);
  await insert(copy.url, 2);
  expect([await count(original.url), await count(copy.url)]).toEqual([3, 5]);
});

test.runIf(process.platform === 'linux')('a clone that was moved while its server ran finds it', async () => {
  const folder = newFolder('before', 'after');
  const before = await startLocalPostgres({ directory: path.join(folder, 'before') });
  fs.renameSync(path.join(folder, 'before'), path.join(folder, 'after'));
  const after = await startLocalPostgres({ directory: path.join(folder, 'after') });
  expect(after).toMatchObject({ pid: before.pid, started: false });
});

test('a data directory that was deleted under its running server is made anew', async () => {
  const directory = path.join(newFolder('pg'), 'pg');
  const first = await startLocalPostgres({ directory });
  fs.rmSync(directory, { recursive: true });
  const second = await startLocalPostgres({ directory });
  expect(second).toMatchObject({ started: true });
  await insert(second.url, 1);
  try {
    process.kill(first.pid, 'SIGQUIT');
  } catch {
    // It has noticed by itself, as it does within a minute.
  }
});

async function insert(url: string, rows: number): Promise<void> {
  const sql = await connect(url);
  await sql`create table if not exists rows (id int)`;
  await sql`insert into rows select generate_series(1, ${rows}::int)`;
  await sql.end();
}

async function count(url: string): Promise<number> {
  const sql = await connect(url);
  const [row] = await sql<[{ n: number }]>`select count(*)::int as n from rows`;
  await sql.end();
  return row.n;
}

async function active(url: string): Promise<number> {
  const sql = await connect(url);
  const [row] = await sql<[{ n: number }]>`
    select count(*)::int as n from pg_stat_activity where query like 'select count(*) from generate_series%'`;
  await sql.end();
  return row.n;
}
