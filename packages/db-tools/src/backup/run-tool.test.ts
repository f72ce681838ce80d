import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { databaseArgument, runTool } from './run-tool.ts';

const folder = mkdtempSync(join(tmpdir(), 'run tool '));
afterAll(() => rmSync(folder, { recursive: true }));

function program(script: string): Parameters<typeof runTool>[0] {
  const file = join(folder, 'pg_dump');
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return { tools: { folder, version: '18.6', major: 18 }, program: 'pg_dump', args: ['--verbose'] };
}

const url = 'postgres://me:s%20ecret@db.example:6543/my%20app?sslmode=verify-full';

test('the password is in the environment of the program and not in its arguments; PG* of the caller are not', async () => {
  vi.stubEnv('PGSERVICE', 'elsewhere');
  vi.stubEnv('PGHOSTADDR', '10.0.0.1');
  const output = await runTool({ ...program('echo "args $@"; env | grep ^PG | sort'), url });
  expect(output.trim().split('\n')).toEqual([
    'args --verbose',
    'PGAPPNAME=db pg_dump',
    'PGCONNECT_TIMEOUT=30',
    'PGDATABASE=my app',
    'PGHOST=db.example',
    'PGPASSWORD=s ecret',
    'PGPORT=6543',
    'PGSSLMODE=verify-full',
    'PGSSLROOTCERT=system',
    'PGUSER=me',
  ]);
});

test('a name of a database that looks like a connection string stays a name', () => {
  expect(databaseArgument(`postgres://me@h/${encodeURIComponent("host=evil '\\")}`)).toBe(`dbname='host=evil \\'\\\\'`);
});

test.each([
  ['pg_dump: error: could not write to output file: No space left on device', 'disk_full', 1],
  ['pg_dump: error: query failed: ERROR:  permission denied for table t', 'permission_denied', 1],
  ['pg_dump: error: query failed: ERROR:  canceling statement due to lock timeout', 'tables_locked', 4],
  ['pg_dump: error: something else', 'pg_dump_failed', 1],
])('%s → %s', async (line, code, exit) => {
  const failing = runTool(program(`echo '${line}' >&2; exit 1`));
  await expect(failing).rejects.toMatchObject({ code, exit, message: expect.stringContaining(line.slice(9, 30)) });
});

test('an abort ends the program', async () => {
  const abort = new AbortController();
  const running = runTool({
    ...program('echo begun >&2; exec sleep 60'),
    onLine: () => abort.abort(),
    signal: abort.signal,
  });
  await expect(running).rejects.toThrow('aborted');
});
