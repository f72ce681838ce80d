import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { shellPath, shownPath } from '../command-line/shell-path.ts';
import { DbError } from '../errors.ts';
import type { Binaries } from './binaries.ts';
import { endOrphans } from './orphans.ts';
import { answers, freePorts } from './port.ts';
import { findPostmaster, type Postmaster, removeStalePidFile } from './postmaster.ts';
import { commandAs, type RunAs } from './run-as.ts';
import { serverEnvironment } from './server-environment.ts';

export interface ServerFiles {
  data: string;
  log: string;
}

/** The form in which tools, services and people use it. */
export interface LocalServer {
  /** Of the maintenance database: postgres://postgres@127.0.0.1:<port>/postgres. */
  url: string;
  port: number;
  pid: number;
  directory: string;
  /** Whether this call started it. */
  started: boolean;
}

export function describeServer(directory: string, { pid, port }: Postmaster, started: boolean): LocalServer {
  return { url: `postgres://postgres@127.0.0.1:${port}/postgres`, port, pid, directory, started };
}

/**
 * Starts the server of a data directory on the first port that is free, detached from this process, and returns once it
 * accepts connections. Throws a DbError `postgres_start_failed` with the end of its log.
 */
export async function launch(
  files: ServerFiles,
  ports: { preferred: number[]; from?: number },
  { binaries, as }: { binaries: Binaries; as: RunAs },
): Promise<Postmaster> {
  const begin = performance.now();
  const candidates = freePorts(ports.preferred, ports.from);
  let { value: port } = await candidates.next();
  for (;;) {
    removeStalePidFile(files.data);
    const result = await launchOn(port, files, { binaries, as });
    if (typeof result === 'object') return result;
    if (result.includes('Address already in use')) {
      port = (await candidates.next()).value;
    } else if (result.includes('pre-existing shared memory block') && performance.now() - begin < 10_000) {
      endOrphans(files.data, performance.now() - begin < 3000 ? 'SIGQUIT' : 'SIGKILL');
      await sleep(50);
    } else {
      throw startFailed(files, result);
    }
  }
}

/** The running server, or the end of the log of one that gave up. */
async function launchOn(
  port: number,
  files: ServerFiles,
  { binaries, as }: { binaries: Binaries; as: RunAs },
): Promise<Postmaster | string> {
  const log = openLog(files.log);
  // Not by pg_ctl: it puts its command line together for /bin/sh, where a $ in the path would be expanded.
  const command = commandAs(as, binaries.postgres, serverArguments(files.data, port));
  const child = spawn(command.file, command.args, {
    ...command.credentials,
    env: serverEnvironment(binaries),
    cwd: '/',
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  });
  fs.closeSync(log.fd);
  child.unref();
  let end: string | undefined;
  child.once('error', (error) => (end = error.message));
  child.once('exit', (code, signal) => (end = signal ?? `exit ${code}`));
  const deadline = performance.now() + START_SECONDS * 1000;
  while (end === undefined) {
    const postmaster = findPostmaster(files.data);
    if (postmaster?.pid === child.pid && postmaster?.state === 'ready') return postmaster;
    if (performance.now() > deadline) {
      child.kill('SIGINT');
      end = `it was not ready within ${START_SECONDS} s`;
    } else {
      await sleep(10);
    }
  }
  return `${logTail(files.log, log.size)}\n(${end})`;
}

/** Recovery after a kill can take a while. */
const START_SECONDS = 120;

/**
 * No socket file: its path would be limited to 107 bytes (103 on macOS), which a clone in a deep folder exceeds. Pure.
 */
export function serverArguments(data: string, port: number): string[] {
  const settings = { listen_addresses: '127.0.0.1', port: String(port), unix_socket_directories: '' };
  return ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

/** The server if it serves at this moment: a first answer, which costs no child process on Linux. */
export async function findServing(data: string): Promise<Postmaster | undefined> {
  const postmaster = findPostmaster(data);
  return postmaster?.state === 'ready' && (await answers(postmaster.port)) ? postmaster : undefined;
}

/** Waits while the server is on its way up or down. Returns it once it serves, undefined once it is gone. */
export async function settle(files: ServerFiles): Promise<Postmaster | undefined> {
  const deadline = performance.now() + START_SECONDS * 1000;
  for (;;) {
    const postmaster = findPostmaster(files.data);
    if (!postmaster) return undefined;
    const serving = await findServing(files.data);
    if (serving) return serving;
    if (performance.now() > deadline) {
      throw new DbError(
        'postgres_not_answering',
        `The PostgreSQL of ${files.data} (process ${postmaster.pid}, "${postmaster.state}") does not answer.`,
        { hint: `kill -9 ${postmaster.pid}, then run the same command again: nothing is lost` },
      );
    }
    await sleep(10);
  }
}

/**
 * Ends the server: clients are disconnected, then all is written out. Escalates for one that does not react.
 * Throws a DbError `postgres_stop_failed` if even that does not help.
 */
export async function shutDown(data: string, signals: NodeJS.Signals[] = ['SIGINT', 'SIGQUIT', 'SIGKILL']) {
  for (const signal of signals) {
    const postmaster = findPostmaster(data);
    if (!postmaster) return;
    try {
      process.kill(postmaster.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw stopFailed(data, postmaster.pid, error);
    }
    const deadline = performance.now() + 15_000;
    while (performance.now() < deadline) {
      if (!findPostmaster(data)) return;
      await sleep(10);
    }
  }
  throw stopFailed(data, findPostmaster(data)?.pid ?? 0);
}

function startFailed(files: ServerFiles, tail: string): DbError {
  const hint = /No space left|could not resize shared memory/.test(tail)
    ? 'Free some space on the disk (or on /dev/shm), then run the same command again'
    : `Read ${shownPath(files.log)}; if the data can go: mv ${shellPath(files.data)} ${shellPath(`${files.data}.broken`)} and run the same command again`;
  return new DbError('postgres_start_failed', `The PostgreSQL of ${files.data} did not start:\n${tail}`, { hint });
}

function stopFailed(data: string, pid: number, cause?: unknown): DbError {
  const denied = (cause as NodeJS.ErrnoException | undefined)?.code === 'EPERM';
  return new DbError(
    'postgres_stop_failed',
    `The PostgreSQL of ${data} (process ${pid}) ${denied ? 'belongs to another user' : 'did not stop'}.`,
    { cause, hint: denied ? 'Stop it as the user who started it' : `kill -9 ${pid}` },
  );
}

/** Appends; a log that has become large is started anew, with one old one kept. */
function openLog(file: string): { fd: number; size: number } {
  if ((fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 10_000_000) fs.renameSync(file, `${file}.old`);
  const fd = fs.openSync(file, 'a');
  return { fd, size: fs.fstatSync(fd).size };
}

function logTail(file: string, from: number): string {
  const text = fs.readFileSync(file).subarray(from).toString('utf8');
  return text.trimEnd().split('\n').slice(-15).join('\n');
}
