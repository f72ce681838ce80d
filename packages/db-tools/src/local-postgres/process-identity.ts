import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';

/** A process that a later process with the same id is not mistaken for. */
export interface ProcessIdentity {
  pid: number;
  /** A short hash of when it started. */
  birth: string;
}

/** This process. */
export function thisProcess(): ProcessIdentity {
  return { pid: process.pid, birth: birthOf(process.pid) ?? 'unknown' };
}

/** Whether that very process still runs. A zombie does not. */
export function isAlive(identity: ProcessIdentity): boolean {
  return birthOf(identity.pid) === identity.birth;
}

/** A short hash of when the process started, undefined if there is none or it is a zombie. */
export function birthOf(pid: number, platform: string = process.platform): string | undefined {
  const start = platform === 'linux' ? linuxStart(pid) : psStart(pid);
  return start && createHash('sha256').update(start).digest('hex').slice(0, 12);
}

function linuxStart(pid: number): string | undefined {
  const stat = read(`/proc/${pid}/stat`);
  // Ticks since boot: unique only together with the boot.
  return stat && parseLinuxStat(stat) && `${parseLinuxStat(stat)} ${read('/proc/sys/kernel/random/boot_id')}`;
}

/** The start time in /proc/<pid>/stat (proc(5), field 22), undefined for a zombie. */
export function parseLinuxStat(stat: string): string | undefined {
  // The second field is the command's name, which may contain spaces and parentheses.
  const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return state === 'Z' || state === 'X' ? undefined : rest[18];
}

function psStart(pid: number): string | undefined {
  const ps = spawnSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
  });
  return parsePs(ps.stdout ?? '');
}

/** The start time in `ps -o state=,lstart=`, undefined for a zombie or no process. */
export function parsePs(output: string): string | undefined {
  const [state, ...start] = output.trim().split(/\s+/);
  return !state || state.startsWith('Z') ? undefined : start.join(' ');
}

function read(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'latin1');
  } catch {
    return undefined;
  }
}
