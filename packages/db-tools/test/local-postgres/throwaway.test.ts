import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { connect } from '../../src/connection/connect.ts';
import { startThrowawayPostgres } from '../../src/local-postgres/index.ts';
import { runScript } from '../run-script.ts';
import { waitUntil } from '../wait-until.ts';

const START = `
  const { startThrowawayPostgres } = await import('#/local-postgres/index.ts');
  const servers = await Promise.all(args.map((options) => startThrowawayPostgres(options)));
  console.log(JSON.stringify(servers));`;
const STAY = `${START} setInterval(() => {}, 1000);`;

test('serves without durability, in memory where there is some, and stop() leaves nothing', async () => {
  const server = await startThrowawayPostgres({ settings: { work_mem: '7MB' } });
  const sql = await connect(server.url);
  expect([...(await sql`select current_setting('fsync') as fsync, current_setting('work_mem') as work_mem`)]).toEqual([
    { fsync: 'off', work_mem: '7MB' },
  ]);
  await sql.end();
  const memory = execFileSync('df', ['-P', os.tmpdir(), ...(process.platform === 'linux' ? ['/dev/shm'] : [])]);
  if (/^tmpfs +\d{7,} .*\/dev\/shm$/m.test(String(memory))) expect(server.directory).toMatch(/^\/dev\/shm\//);
  await server.stop();
  expectGone(server);
});

test.each([
  ['exit', 'process.exit(3)', { code: 3, signal: null }],
  ['an uncaught error', 'throw new Error("expected")', { code: 1, signal: null }],
  ['SIGINT', 'process.kill(process.pid, "SIGINT")', { code: null, signal: 'SIGINT' }],
  ['SIGTERM', 'process.kill(process.pid, "SIGTERM")', { code: null, signal: 'SIGTERM' }],
])('its process takes several along when it ends by %s', async (name, end, how) => {
  const script = runScript(`${START} ${end}; setInterval(() => {}, 1000);`, [{}, {}], { stderr: 'ignore' });
  const { output, ...ended } = await script.ended;
  expect(ended, name).toEqual(how);
  const servers = JSON.parse(output.split('\n')[0]!);
  expect(servers).toHaveLength(2);
  for (const server of servers) expectGone(server);
});

test('a program with a handler of its own decides about signals itself', async () => {
  const script = runScript(
    `process.on('SIGINT', async () => {
      const { existsSync } = await import('node:fs');
      console.log('still up', existsSync(servers[0].directory));
      process.exit(7);
    });
    ${STAY}`,
    [{}],
  );
  const [server] = JSON.parse(await script.line('['));
  script.child.kill('SIGINT');
  expect(await script.line('still up')).toBe('still up true');
  expect((await script.ended).code).toBe(7);
  expectGone(server);
});

test('what a killed process left, with its server running, goes at the next start of anybody; the living stay', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'throw away '));
  onTestFinished(() => fs.rmSync(folder, { recursive: true }));
  const dead = runScript(STAY, [{ folder }]);
  const living = runScript(STAY, [{ folder }]);
  onTestFinished(() => void living.child.kill('SIGTERM'));
  const [left] = JSON.parse(await dead.line('['));
  const [kept] = JSON.parse(await living.line('['));
  dead.child.kill('SIGKILL');
  await dead.ended;
  expect(fs.existsSync(left.directory)).toBe(true);
  expect(isRunning(left.pid)).toBe(true);

  const next = await startThrowawayPostgres({ folder });
  expectGone(left);
  const sql = await connect(kept.url);
  expect([...(await sql`select 1 as one`)]).toEqual([{ one: 1 }]);
  await sql.end();
  await next.stop();
  living.child.kill('SIGTERM');
  await living.ended;
  expect(fs.readdirSync(folder)).toEqual([]);
});

test('a process killed during initdb leaves nothing for the one after', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'throw away '));
  onTestFinished(() => fs.rmSync(folder, { recursive: true }));
  const dead = runScript(STAY, [{ folder }]);
  await waitUntil('initdb has begun', () => fs.readdirSync(folder).length > 0);
  dead.child.kill('SIGKILL');
  await dead.ended;
  const next = await startThrowawayPostgres({ folder });
  await next.stop();
  expect(fs.readdirSync(folder)).toEqual([]);
});

function expectGone(server: { pid: number; directory: string }): void {
  expect(fs.existsSync(server.directory)).toBe(false);
  expect(isRunning(server.pid)).toBe(false);
}

/** A zombie that waits for its parent does not run. */
function isRunning(pid: number): boolean {
  try {
    const state = String(execFileSync('ps', ['-o', 'state=', '-p', String(pid)], { stdio: 'pipe' })).trim();
    return !state.startsWith('Z');
  } catch {
    return false;
  }
}
