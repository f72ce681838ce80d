import { findProblems, type History, reconcile, refuseMismatch } from './history.ts';
import { historyReads } from './history-reads.ts';
import type { MigrationFile } from './read-files.ts';
import { lockTimeoutMs, type Runner } from './runner.ts';
import { type RecordedStep, readStore } from './store.ts';
import { inspectTarget } from './target-check.ts';

export interface Reading {
  /** Whether it has to be known when each file was applied. */
  details?: boolean;
  /** What does not match may be this: a down file that was interrupted. */
  allow?: 'half-reverted';
}

/** The history as it is now, with the steps of files that are applied in part. Throws exit 3 when it does not match the files. */
export async function readState(
  runner: Runner,
  files: MigrationFile[],
  { details = false, allow }: Reading = {},
): Promise<{ history: History<MigrationFile>; steps: RecordedStep[] }> {
  const { session, names, options } = runner;
  const reads = historyReads(session, names, lockTimeoutMs(options));
  if (runner.locked || runner.pooled) runner.target = await inspectTarget(session.quick(), names);
  const { rows, notes, steps } = await readStore(reads, runner.target.store, names, { details });
  const history = reconcile(files, rows, notes);
  if (findProblems(history).length > 0) {
    const detailed = await readStore(reads, runner.target.store, names);
    const found = reconcile(files, detailed.rows, detailed.notes);
    const problems = findProblems(found);
    refuseMismatch(
      found,
      problems.filter(({ code }) => allow !== 'half-reverted' || code !== 'migration_partial'),
    );
  }
  return { history, steps };
}

export function countApplied(history: History<MigrationFile>): number {
  return history.entries.filter((entry) => entry.state === 'applied').length;
}
