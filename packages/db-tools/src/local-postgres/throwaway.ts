import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { findBinaries } from './binaries.ts';
import { ensureCluster } from './cluster.ts';
import { findPostmaster } from './postmaster.ts';
import { isAlive, thisProcess } from './process-identity.ts';
import { chooseRunAs } from './run-as.ts';
import { describeServer, type LocalServer, launch, shutDown } from './server.ts';
import { onUnplannedEnd } from './unplanned-end.ts';

export interface ThrowawayOptions {
  /** For postgresql.conf, over those made for speed. */
  settings?: Record<string, string>;
  /** Where to put it: /dev/shm if there is one with room, else the folder for temporary files. */
  folder?: string;
}

export interface ThrowawayServer extends LocalServer {
  /** Ends the server and deletes everything of it. */
  stop(): Promise<void>;
}

/**
 * A server for tests and scratch work, in memory where possible, with durability off. It goes with this process, also
 * on process.exit() and Ctrl-C; what a process killed with -9 leaves is removed by the next call.
 */
export async function startThrowawayPostgres(options: ThrowawayOptions = {}): Promise<ThrowawayServer> {
  const folder = options.folder ?? roomiestFolder();
  await removeAbandoned([...new Set([folder, ...folders()])]);
  const { pid, birth } = thisProcess();
  const directory = path.join(folder, `${PREFIX}${pid}-${birth}-${randomBytes(4).toString('hex')}`);
  const files = { data: path.join(directory, 'data'), log: path.join(directory, 'postgres.log') };
  fs.mkdirSync(directory, { mode: 0o700 });
  const forget = onUnplannedEnd(() => removeNow(directory));
  const stop = async () => {
    await remove(directory);
    forget();
  };
  try {
    const binaries = findBinaries(path.join(directory, 'lib'));
    const as = chooseRunAs(directory, files.data, binaries);
    await ensureCluster(files.data, { ...SETTINGS, ...options.settings }, { binaries, as });
    const postmaster = await launch(files, { preferred: [], from: FIRST_PORT }, { binaries, as });
    return { ...describeServer(directory, postmaster, true), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const PREFIX = 'db-tools-postgres-';

/** Apart from the ports of the persistent servers, whose numbers people remember. */
const FIRST_PORT = 26432;

const SETTINGS = {
  max_connections: '200',
  shared_buffers: '128MB',
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_wal_size: '256MB',
  // In the data directory, so that nothing is left in /dev/shm when it is killed.
  dynamic_shared_memory_type: 'mmap',
  // A worker in a template database keeps it from being copied.
  autovacuum: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
};

function folders(): string[] {
  return process.platform === 'linux' ? ['/dev/shm', os.tmpdir()] : [os.tmpdir()];
}

/** Memory when there is enough of it: a container's /dev/shm has 64 MB unless told otherwise. */
function roomiestFolder(): string {
  return folders().find((folder) => freeBytes(folder) > ROOM) ?? os.tmpdir();
}

const ROOM = 1024 ** 3;

function freeBytes(folder: string): number {
  try {
    fs.accessSync(folder, fs.constants.W_OK);
    const { bavail, bsize } = fs.statfsSync(folder);
    return bavail * bsize;
  } catch {
    return 0;
  }
}

async function removeAbandoned(places: string[]): Promise<void> {
  for (const place of places) {
    for (const name of namesIn(place)) {
      const [, pid, birth] = name.match(/^db-tools-postgres-(\d+)-(\w+)-\w+$/) ?? [];
      if (!pid || !birth || isAlive({ pid: Number(pid), birth }) || !isOurs(path.join(place, name))) continue;
      // Another process may be removing it at this moment.
      await remove(path.join(place, name)).catch(() => {});
    }
  }
}

function namesIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder).filter((name) => name.startsWith(PREFIX));
  } catch {
    return [];
  }
}

/** Everybody may write to these folders: a link in somebody else's name could lead to a server that is in use. */
function isOurs(directory: string): boolean {
  const stat = fs.lstatSync(directory, { throwIfNoEntry: false });
  const uid = process.getuid?.();
  return stat?.isDirectory() === true && (uid === 0 || stat.uid === uid);
}

async function remove(directory: string): Promise<void> {
  await shutDown(path.join(directory, 'data'), ['SIGQUIT', 'SIGKILL']);
  await fs.promises.rm(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 });
}

/** remove() for a process in its last moment, when nothing asynchronous runs any more. */
function removeNow(directory: string): void {
  const data = path.join(directory, 'data');
  const postmaster = findPostmaster(data);
  if (postmaster) process.kill(postmaster.pid, 'SIGQUIT');
  const deadline = performance.now() + 3000;
  const pause = new Int32Array(new SharedArrayBuffer(4));
  while (findPostmaster(data) && performance.now() < deadline) Atomics.wait(pause, 0, 0, 10);
  fs.rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 });
}
