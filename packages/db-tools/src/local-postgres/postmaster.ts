import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

export interface Postmaster {
  pid: number;
  port: number;
  /** "starting", "ready", "stopping", "standby"; empty in the first moments. */
  state: string;
}

/**
 * The running server of this data directory, undefined if there is none: no postmaster.pid, or one whose process is
 * gone, a zombie (a postmaster killed with -9 stays one until its parent reaps it), or another program that got its id.
 */
export function findPostmaster(data: string): Postmaster | undefined {
  const file = readPidFile(data);
  return file && runsIn(file, data) ? file : undefined;
}

/** Removes a postmaster.pid that belongs to no server of this directory: the server itself takes a zombie for one. */
export function removeStalePidFile(data: string): void {
  if (readPidFile(data) && !findPostmaster(data)) fs.rmSync(pidFile(data), { force: true });
}

/** PostgreSQL's src/include/utils/pidfile.h. */
function readPidFile(data: string): (Postmaster & { data: string }) | undefined {
  let text: string;
  try {
    text = fs.readFileSync(pidFile(data), 'utf8');
  } catch (error) {
    // EACCES: somebody else's directory; starting a server there tells it in clearer words.
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
  return parsePidFile(text);
}

/** Undefined while the file is still being written. Pure. */
export function parsePidFile(text: string): (Postmaster & { data: string }) | undefined {
  const [pid, data = '', , port, , , , state = ''] = text.split('\n');
  return Number(pid) > 0 ? { pid: Number(pid), data, port: Number(port), state: state.trim() } : undefined;
}

/**
 * A postmaster works in its data directory. Compared by inode, so that a directory moved while its server runs is still
 * its own, and a copied one (cp -r of the whole clone, postmaster.pid included) is not.
 */
function runsIn(file: { pid: number; data: string }, data: string): boolean {
  if (process.platform === 'linux') return isSameFile(`/proc/${file.pid}/cwd`, data);
  const ps = spawnSync('ps', ['-ww', '-o', 'command=', '-p', String(file.pid)], { encoding: 'utf8' });
  return commandIsServerOf(ps.stdout ?? '', file.data) && isSameFile(file.data, data);
}

/** Whether a line of `ps -o command=` is a server started on that directory (a zombie shows no arguments). Pure. */
export function commandIsServerOf(command: string, data: string): boolean {
  return /\bpostgres\b/.test(command) && command.includes(` -D ${data}`);
}

/** By inode, whatever the paths. */
export function isSameFile(one: string, other: string): boolean {
  try {
    const [a, b] = [fs.statSync(one), fs.statSync(other)];
    return a.ino === b.ino && a.dev === b.dev;
  } catch {
    return false;
  }
}

function pidFile(data: string): string {
  return path.join(data, 'postmaster.pid');
}
