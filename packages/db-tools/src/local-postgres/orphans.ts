import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { isSameFile } from './postmaster.ts';

/**
 * Ends what a killed postmaster left of its data directory. Its idle children go by themselves, but one that is busy
 * with a query goes on until that is done, and its hold on the shared memory keeps a new server from starting.
 */
export function endOrphans(data: string, signal: 'SIGQUIT' | 'SIGKILL'): void {
  for (const pid of process.platform === 'linux' ? linuxOrphans(data) : lsofOrphans(data)) {
    try {
      process.kill(pid, signal);
    } catch {
      // Gone already.
    }
  }
}

function linuxOrphans(data: string): number[] {
  const pids = fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => isSameFile(`/proc/${pid}/cwd`, data) && isPostgres(pid)).map(Number);
}

/** Not somebody's shell that happens to be in that folder. */
function isPostgres(pid: string): boolean {
  try {
    return fs.readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'postgres';
  } catch {
    return false;
  }
}

function lsofOrphans(data: string): number[] {
  const lsof = spawnSync('lsof', ['-a', '-c', 'postgres', '-d', 'cwd', '-F', 'pn'], { encoding: 'utf8' });
  return parseLsof(lsof.stdout ?? '').flatMap(({ pid, cwd }) => (isSameFile(cwd, data) ? [pid] : []));
}

/** Processes and their working directories from `lsof -d cwd -F pn`. Pure. */
export function parseLsof(output: string): { pid: number; cwd: string }[] {
  const found: { pid: number; cwd: string }[] = [];
  let pid = 0;
  for (const line of output.split('\n')) {
    if (line.startsWith('p')) pid = Number(line.slice(1));
    if (line.startsWith('n')) found.push({ pid, cwd: line.slice(1) });
  }
  return found;
}
