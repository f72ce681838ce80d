import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';

/** Where Debian and Ubuntu put it. */
const BIN = '/usr/lib/postgresql/15/bin';
const ROOT = path.join(import.meta.dirname, '../../../..');

const installed = existsSync(BIN);
if (!installed && process.env.CI) throw new Error('PostgreSQL 15 is not installed: apt-get install postgresql-15');

test.skipIf(!installed)(
  "the migrator's ordinary tests pass on PostgreSQL 15 (needs: apt-get install postgresql-15)",
  () => {
    const data = mkdtempSync(path.join(tmpdir(), 'postgres-15-'));
    const port = 28_000 + (process.pid % 4000);
    try {
      server('initdb', ['-D', data, '-U', 'postgres', '-A', 'trust', '--no-sync'], data);
      server(
        'pg_ctl',
        [
          '-D',
          data,
          '-w',
          '-l',
          path.join(data, 'log'),
          '-o',
          `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off`,
          'start',
        ],
        data,
      );
      const vitest = path.join(ROOT, 'node_modules/vitest/vitest.mjs');
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        [vitest, 'run', '--project', 'db-tools', 'packages/db-tools/test/migrator/'],
        {
          cwd: ROOT,
          encoding: 'utf8',
          env: { ...process.env, TEST_DATABASE_URL: `postgres://postgres@127.0.0.1:${port}/postgres` },
        },
      );
      expect(status, `${stdout}${stderr}`).toBe(0);
    } finally {
      server('pg_ctl', ['-D', data, '-m', 'immediate', 'stop'], data);
      rmSync(data, { recursive: true, force: true });
    }
  },
);

/** PostgreSQL does not run as root. */
function server(program: string, args: string[], data: string): void {
  const root = process.getuid?.() === 0;
  if (root) chownSync(data, 65534, 65534);
  const { status, stderr, stdout } = spawnSync(path.join(BIN, program), args, {
    cwd: '/',
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(root ? { uid: 65534, gid: 65534 } : {}),
  });
  if (status !== 0) throw new Error(`${program} failed: ${stdout}${stderr}`);
}
