import { readdirSync, readFileSync } from 'node:fs';

/**
 * Microseconds of CPU that the server's processes have taken so far, from /proc; undefined where there is none (macOS).
 */
export function serverCpu(postmaster: number): number | undefined {
  let ticks = 0;
  let entries: string[];
  try {
    entries = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return undefined;
  }
  for (const entry of entries) {
    const stat = readStat(entry);
    if (stat?.parent === postmaster) ticks += stat.own;
    // What its former children took: parallel workers come and go.
    if (Number(entry) === postmaster) ticks += stat?.children ?? 0;
  }
  return ticks * 10_000;
}

/**
 * https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: fields 4 and 14 to 17; the name before them may have
 * spaces.
 */
function readStat(pid: string): { parent: number; own: number; children: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    return { parent: fields[1]!, own: fields[11]! + fields[12]!, children: fields[13]! + fields[14]! };
  } catch {
    return undefined;
  }
}
