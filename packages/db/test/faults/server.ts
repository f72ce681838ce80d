import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startLocalPostgres, stopLocalPostgres } from '@org/db-tools/local-postgres';
import postgres from 'postgres';

export interface Server {
  url: string;
  port: number;
  /** The data directory. */
  data: string;
  /** Rows of a statement, over a connection of its own. */
  run<T = Record<string, unknown>>(text: string): Promise<T[]>;
  /** Ends it, or leaves it to recover from a crash. */
  stop(mode: 'fast' | 'immediate'): Promise<void>;
  start(): Promise<void>;
  remove(): Promise<void>;
}

/** A PostgreSQL of a test's own, to be stopped, started and broken. */
export async function startServer(): Promise<Server> {
  const directory = mkdtempSync(path.join(tmpdir(), 'db-faults-'));
  const local = await startLocalPostgres({ directory, port: 25_500 + (process.pid % 500) });
  let pid = local.pid;
  const run = async <T>(text: string) => {
    const sql = postgres(local.url, { max: 1, fetch_types: false, onnotice: () => {}, prepare: false });
    try {
      return (await sql.unsafe(text)) as unknown as T[];
    } finally {
      await sql.end({ timeout: 1 });
    }
  };
  await run(`alter system set fsync = off`);
  await run(`select pg_reload_conf()`);
  return {
    url: local.url,
    port: local.port,
    data: path.join(directory, 'data'),
    run,
    async stop(mode) {
      process.kill(pid, mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
      while (isAlive(pid)) await sleep(5);
    },
    async start() {
      const started = await startLocalPostgres({ directory, port: local.port });
      if (started.port !== local.port) throw new Error(`Port ${local.port} was taken meanwhile`);
      pid = started.pid;
    },
    async remove() {
      await stopLocalPostgres(directory);
      rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** A zombie counts as dead: its parent is this process, or reaps it later. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
