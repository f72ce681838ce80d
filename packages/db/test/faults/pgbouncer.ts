import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import type { Server } from './server.ts';

export interface PgBouncer {
  url: string;
  /** A command of its admin console, such as PAUSE. */
  admin(command: string): Promise<void>;
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface PgBouncerBinary {
  name: string;
  /** Undefined when it is not installed. */
  binary: string | undefined;
  /** Whether it keeps prepared statements: 1.21 and later. */
  prepares: boolean;
}

/**
 * The PgBouncers to test with: what is installed (Debian 12 has 1.18), which in CI has to be there, and a newer one.
 */
export function findPgBouncers(): PgBouncerBinary[] {
  const installed = describe('pgbouncer') ?? missing('PgBouncer (not installed: apt-get install pgbouncer)');
  if (!installed.binary && process.env.CI) throw new Error('pgbouncer is not installed: apt-get install pgbouncer');
  if (installed.prepares) return [installed];
  const next = process.env.PGBOUNCER_NEXT;
  return [
    installed,
    (next && describe(next)) || missing('PgBouncer 1.21 or later (not there: PGBOUNCER_NEXT=/path/to/it)'),
  ];
}

function describe(binary: string): PgBouncerBinary | undefined {
  const [name, minor] = /PgBouncer 1\.(\d+)/.exec(spawnSync(binary, ['--version'], { encoding: 'utf8' }).stdout) ?? [];
  return name ? { name, binary, prepares: Number(minor) >= 21 } : undefined;
}

function missing(name: string): PgBouncerBinary {
  return { name, binary: undefined, prepares: false };
}

/** PgBouncer in transaction mode before a server, with 5 connections to it. */
export async function startPgBouncer(binary: string, server: Server, settings: string[] = []): Promise<PgBouncer> {
  const folder = mkdtempSync(path.join(tmpdir(), 'db-pgbouncer-'));
  chmodSync(folder, 0o755);
  const port = 24_500 + (process.pid % 400);
  const config = path.join(folder, 'pgbouncer.ini');
  writeFileSync(
    config,
    ['[databases]', `postgres = host=127.0.0.1 port=${server.port} user=postgres`, '[pgbouncer]', ...SETTINGS]
      .concat(`listen_port = ${port}`, settings)
      .join('\n'),
  );
  // It refuses to run as root.
  const as = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  let child: ChildProcess;
  const run = async (database: string, text: string) => {
    const url = `postgres://postgres@127.0.0.1:${port}/${database}`;
    const sql = postgres(url, { max: 1, connect_timeout: 1, fetch_types: false, onnotice: () => {} });
    try {
      await sql.unsafe(text).simple();
    } finally {
      await sql.end({ timeout: 1 });
    }
  };
  const pgBouncer: PgBouncer = {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    admin: (command) => run('pgbouncer', command),
    async start() {
      child = spawn(binary, ['-q', config], { stdio: 'ignore', ...as });
      const deadline = performance.now() + 10_000;
      while (
        !(await run('postgres', 'select 1').then(
          () => true,
          () => false,
        ))
      ) {
        if (performance.now() > deadline) throw new Error(`PgBouncer does not answer: ${binary} ${config}`);
        await sleep(20);
      }
    },
    async kill() {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
    async stop() {
      if (child.exitCode === null && child.signalCode === null) await pgBouncer.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await pgBouncer.start();
  return pgBouncer;
}

const SETTINGS = [
  'listen_addr = 127.0.0.1',
  'unix_socket_dir =',
  'auth_type = any',
  'admin_users = postgres',
  'pool_mode = transaction',
  'default_pool_size = 5',
  'max_client_conn = 100',
  // 15 s by default, for which a server that is back is not asked again.
  'server_login_retry = 1',
];
