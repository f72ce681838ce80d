/** A finished backup. */
export interface Backup {
  file: string;
  createdAt: Date;
}

export interface Retention {
  /** Of how many days the last backup is kept. */
  daily: number;
  /** Of how many weeks (from Monday, UTC) the last backup is kept. */
  weekly: number;
}

/** Unless another one is asked for. */
export const DEFAULT_RETENTION: Retention = { daily: 7, weekly: 4 };

/**
 * The backups that no rule keeps. Days and weeks without a backup do not count, so that a machine that was off for a
 * month loses nothing; the newest one always stays. Pure.
 */
export function selectExpired<T extends Backup>(backups: T[], { daily, weekly }: Retention): T[] {
  const newestFirst = [...backups].sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
  const kept = new Set([
    ...newestFirst.slice(0, 1),
    ...lastOfEach(newestFirst, dayOf).slice(0, daily),
    ...lastOfEach(newestFirst, weekOf).slice(0, weekly),
  ]);
  return newestFirst.filter((backup) => !kept.has(backup));
}

function lastOfEach<T extends Backup>(newestFirst: T[], period: (date: Date) => number): T[] {
  const last = new Map<number, T>();
  for (const backup of newestFirst) {
    const key = period(backup.createdAt);
    if (!last.has(key)) last.set(key, backup);
  }
  return [...last.values()];
}

function dayOf(date: Date): number {
  return Math.floor(date.getTime() / 86_400_000);
}

/** 1970-01-01 was a Thursday. */
function weekOf(date: Date): number {
  return Math.floor((dayOf(date) + 3) / 7);
}
