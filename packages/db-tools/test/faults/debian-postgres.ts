import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Where Debian and Ubuntu put version 15. */
const BIN = '/usr/lib/postgresql/15/bin';

/** Whether it is installed. In CI it has to be. */
export function hasPostgres15(): boolean {
  const installed = existsSync(BIN);
  if (!installed && process.env.CI) throw new Error('PostgreSQL 15 is not installed: apt-get install postgresql-15');
  return installed;
}

export interface Server {
  url: string;
  /** A replica that streams from it. */
  startReplica(): Server;
  stop(): void;
}

/** A throw-away PostgreSQL 15. */
export function startPostgres15(port = 28_000 + (process.pid % 2000)): Server {
  const data = ownFolder('postgres-15-');
  run('initdb', ['-D', data, '-U', 'postgres', '-A', 'trust', '--no-sync']);
  return start(data, port);
}

function start(data: string, port: number): Server {
  const options = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off`;
  run('pg_ctl', ['-D', data, '-w', '-l', path.join(data, 'log'), '-o', options, 'start']);
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    startReplica() {
      const copy = ownFolder('postgres-15-replica-');
      run('pg_basebackup', ['-D', copy, '-h', '127.0.0.1', '-p', String(port), '-U', 'postgres', '-R', '-c', 'fast']);
      return start(copy, port + 2000);
    },
    stop() {
      run('pg_ctl', ['-D', data, '-m', 'immediate', 'stop']);
      rmSync(data, { recursive: true, force: true });
    },
  };
}

/** PostgreSQL does not run as root. */
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

function ownFolder(prefix: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), prefix));
  if (isRoot) chownSync(folder, NOBODY, NOBODY);
  return folder;
}

function run(program: string, args: string[]): void {
  const as = isRoot ? { uid: NOBODY, gid: NOBODY } : {};
  // A server keeps the pipes that it inherits, and spawnSync would wait for their end.
  const { status } = spawnSync(path.join(BIN, program), args, { cwd: '/', stdio: 'ignore', ...as });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed with ${status}.`);
}
