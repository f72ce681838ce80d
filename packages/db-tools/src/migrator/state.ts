import { findAhead, findProblems, type History, reconcile, refuseMismatch } from './history.ts';
import { historyReads } from './history-reads.ts';
import { findLockHolder } from './lock.ts';
import type { MigrationFile } from './read-files.ts';
import { lockTimeoutMs, type Runner } from './runner.ts';
import { type RecordedStep, readStore } from './store.ts';
import { inspectTarget } from './target-check.ts';
import type { MigrateResult } from './types.ts';

export interface Reading {
  /** Whether it has to be known when each file was applied. */
  details?: boolean;
  /** What does not match may be this: a down file that was interrupted, or that a newer build was here. */
  allow?: 'half-reverted' | 'ahead';
}

export interface State {
  history: History<MigrationFile>;
  steps: RecordedStep[];
  /** With `allow: 'ahead'`, what a newer build has applied, by name; nothing is pending then. */
  ahead: string[];
}

/**
 * The history as it is now, with the steps of files that are applied in part. Throws exit 3 when it does not match the
 * files.
 */
export async function readState(
  runner: Runner,
  files: MigrationFile[],
  { details = false, allow }: Reading = {},
): Promise<State> {
  const { session, names, options, key } = runner;
  const reads = historyReads(session, names, lockTimeoutMs(options));
  if (runner.locked || runner.pooled) runner.target = await inspectTarget(session.quick(), names);
  const { rows, notes, steps } = await readStore(reads, runner.target.store, names, { details });
  const history = reconcile(files, rows, notes);
  let ahead: string[] = [];
  if (findProblems(history).length > 0) {
    // Before what may have been finished meanwhile is read again.
    const busy = allow === 'ahead' && !runner.locked && (await findLockHolder(session.quick(), key)) !== undefined;
    const detailed = await readStore(reads, runner.target.store, names);
    const found = reconcile(files, detailed.rows, detailed.notes);
    if (allow === 'ahead') ahead = findAhead(found, busy);
    const problems = findProblems(found);
    refuseMismatch(
      found,
      problems.filter(({ code }) => ahead.length === 0 && (allow !== 'half-reverted' || code !== 'migration_partial')),
    );
  }
  return { history, steps, ahead };
}

/**
 * What a run is that finds a newer build's history: it changes nothing, the rights that belong to that history least of
 * all.
 */
export function leaveAhead({ options }: Runner, { history, ahead }: State): MigrateResult {
  options.onEvent?.({
    type: 'notice',
    severity: 'WARNING',
    message: `The database is ahead of these migrations: it has ${ahead.join(', ')} as well. Nothing is pending, and nothing was changed.`,
  });
  return { applied: [], alreadyApplied: countApplied(history), ahead, ...(options.dryRun ? { pending: [] } : {}) };
}

export function countApplied(history: History<MigrationFile>): number {
  return history.entries.filter((entry) => entry.state === 'applied').length;
}
