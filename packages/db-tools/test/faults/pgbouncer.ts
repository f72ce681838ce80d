import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import postgres from 'postgres';
import { formatDatabaseUrl, parseDatabaseUrl } from '../../src/connection/url.ts';
import { waitUntil } from '../wait-until.ts';

export interface PgBouncer {
  url: string;
  stop(): Promise<void>;
}

/** Whether it is installed. In CI it has to be. */
export function hasPgBouncer(): boolean {
  const found = spawnSync('pgbouncer', ['--version']).status === 0;
  if (!found && process.env.CI) throw new Error('pgbouncer is not installed: apt-get install pgbouncer');
  return found;
}

/** PgBouncer in transaction mode before the database of the URL, with two server connections. */
export async function startPgBouncer(url: string, port = 24_000 + (process.pid % 4000)): Promise<PgBouncer> {
  const target = parseDatabaseUrl(url);
  const folder = mkdtempSync(path.join(tmpdir(), 'pgbouncer-'));
  chmodSync(folder, 0o755);
  const config = path.join(folder, 'pgbouncer.ini');
  const users = path.join(folder, 'users.txt');
  writeFileSync(users, `"${target.user}" "${target.password}"\n`);
  writeFileSync(
    config,
    `[databases]
${target.database} = host=${target.host} port=${target.port} user=${target.user}${target.password ? ` password='${target.password}'` : ''}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
auth_file = ${users}
pool_mode = transaction
default_pool_size = 2
`,
  );
  // It refuses to run as root.
  const as = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  const child = spawn('pgbouncer', ['-q', config], { stdio: 'ignore', ...as });
  const pooled = formatDatabaseUrl({ ...target, host: '127.0.0.1', port }, { withPassword: true });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const stop = async () => {
    child.kill('SIGINT');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await waitUntil('PgBouncer answers', () => answers(pooled));
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: pooled, stop };
}

async function answers(url: string): Promise<boolean> {
  const sql = postgres(url, { max: 1, connect_timeout: 1, fetch_types: false });
  try {
    await sql.unsafe('select 1');
    return true;
  } catch {
    return false;
  } finally {
    await sql.end({ timeout: 1 });
  }
}
