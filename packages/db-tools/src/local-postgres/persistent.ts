import fs from 'node:fs';
import path from 'node:path';
import { DbError } from '../errors.ts';
import { findBinaries } from './binaries.ts';
import { ensureCluster } from './cluster.ts';
import { withLockFile } from './lock.ts';
import { findPostmaster } from './postmaster.ts';
import { chooseRunAs } from './run-as.ts';
import { describeServer, findServing, type LocalServer, launch, type ServerFiles, settle, shutDown } from './server.ts';

export interface StartOptions {
  /** Where data, log and port are kept; made if missing. */
  directory: string;
  /** The wished port. A taken one is passed over: for that of the last start, then for the next free one upward. */
  port?: number;
}

/**
 * Starts the PostgreSQL of a directory, or finds it running. It outlives this process, and two callers at once get the
 * same server. Throws a DbError that says what to do (`postgres_start_failed`, `cannot_run_postgres`, …).
 */
export async function startLocalPostgres(options: StartOptions): Promise<LocalServer> {
  const { directory, ...files } = filesOf(options.directory);
  const running = await findServing(files.data);
  if (running) return describeServer(directory, running, false);
  makeFolder(directory);
  return withLockFile(lockOf(directory), async () => {
    const other = await settle(files);
    if (other) return describeServer(directory, other, false);
    const binaries = findBinaries(path.join(directory, 'lib'));
    const as = chooseRunAs(directory, files.data, binaries);
    await ensureCluster(files.data, SETTINGS, { binaries, as });
    const wished = options.port === undefined ? [] : [options.port];
    const ports = { preferred: [...wished, ...rememberedPort(directory)], from: options.port };
    const postmaster = await launch(files, ports, { binaries, as });
    fs.writeFileSync(portFile(directory), `${postmaster.port}\n`);
    return describeServer(directory, postmaster, true);
  });
}

/** Stops it and returns once it is gone; false if it did not run. */
export async function stopLocalPostgres(directory: string): Promise<boolean> {
  const files = filesOf(directory);
  if (!findPostmaster(files.data)) return false;
  return withLockFile(lockOf(files.directory), async () => {
    const running = findPostmaster(files.data);
    await shutDown(files.data);
    return running !== undefined;
  });
}

/** The running server, undefined if it does not run (or is only starting). */
export async function localPostgresStatus(directory: string): Promise<LocalServer | undefined> {
  const files = filesOf(directory);
  const running = await findServing(files.data);
  return running && describeServer(files.directory, running, false);
}

/**
 * Written into postgresql.conf when the cluster is made, so that they can be changed there. fsync and
 * synchronous_commit stay on: what was committed is kept, whatever gets killed. Throw-away servers are the fast ones.
 */
const SETTINGS = {
  max_connections: '200',
  shared_buffers: '64MB',
  log_checkpoints: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
};

function filesOf(directory: string): ServerFiles & { directory: string } {
  const absolute = path.resolve(directory);
  return { directory: absolute, data: path.join(absolute, 'data'), log: path.join(absolute, 'postgres.log') };
}

function lockOf(directory: string): string {
  return path.join(directory, 'lock');
}

function portFile(directory: string): string {
  return path.join(directory, 'port');
}

function rememberedPort(directory: string): number[] {
  try {
    const port = Number(fs.readFileSync(portFile(directory), 'utf8'));
    return Number.isInteger(port) && port > 0 && port < 65536 ? [port] : [];
  } catch {
    return [];
  }
}

function makeFolder(directory: string): void {
  try {
    fs.mkdirSync(directory, { recursive: true });
    fs.accessSync(directory, fs.constants.W_OK);
  } catch (error) {
    throw new DbError('directory_not_writable', `${directory} cannot be written: ${(error as Error).message}.`, {
      cause: error,
      hint: 'Give the folder to the user who runs this, or set DATABASE_URL to a server of your own',
    });
  }
}
