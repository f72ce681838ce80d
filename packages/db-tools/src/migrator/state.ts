import { findProblems, type History, reconcile, refuseMismatch } from './history.ts';
import { historyReads } from './history-reads.ts';
import type { MigrationFile } from './read-files.ts';
import { lockTimeoutMs, type Runner } from './runner.ts';
import { type RecordedStep, readStore } from './store.ts';
import { inspectTarget } from './target-check.ts';

/**
 * The history as it is now, with the steps of files that are applied in part; with `details` also when each was applied. Throws exit 3
 * when it does not match the files.
 */
export async function readState(
  runner: Runner,
  files: MigrationFile[],
  { details = false } = {},
): Promise<{ history: History<MigrationFile>; steps: RecordedStep[] }> {
  const { session, names, options } = runner;
  const reads = historyReads(session, names, lockTimeoutMs(options));
  if (runner.locked || runner.pooled) runner.target = await inspectTarget(session.quick(), names);
  const { rows, notes, steps } = await readStore(reads, runner.target.store, names, { details });
  const history = reconcile(files, rows, notes);
  if (findProblems(history).length > 0) {
    const detailed = await readStore(reads, runner.target.store, names);
    refuseMismatch(reconcile(files, detailed.rows, detailed.notes));
  }
  return { history, steps };
}

export function countApplied(history: History<MigrationFile>): number {
  return history.entries.filter((entry) => entry.state === 'applied').length;
}
