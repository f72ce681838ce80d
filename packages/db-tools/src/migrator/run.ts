import { needsAfterApply } from './after-apply.ts';
import { toRun } from './history.ts';
import { filesUpTo, type MigrationFile, readMigrations } from './read-files.ts';
import { closeRunner, type Internals, openRunner, type Runner } from './runner.ts';
import { countApplied, leaveAhead, readState } from './state.ts';
import { stopOnAbort } from './stop-on-abort.ts';
import { isComplete } from './store.ts';
import { told } from './told.ts';
import type { MigrateOptions, MigrateResult } from './types.ts';

/** What `migrate` does; the internals are for tests. */
export async function run(options: MigrateOptions, internals: Internals = {}): Promise<MigrateResult> {
  const files = readMigrations(options.directory);
  const wanted = filesUpTo(files, options.to);
  return told(options, () => runWith(options, internals, files, wanted));
}

async function runWith(
  options: MigrateOptions,
  internals: Internals,
  files: MigrationFile[],
  wanted: Set<MigrationFile>,
): Promise<MigrateResult> {
  const runner = await openRunner(options, internals);
  try {
    return await stopOnAbort(runner, () => runPending(runner, files, wanted));
  } finally {
    await closeRunner(runner);
  }
}

async function runPending(runner: Runner, files: MigrationFile[], wanted: Set<MigrationFile>): Promise<MigrateResult> {
  const { options } = runner;
  const state = await readState(runner, files, { allow: 'ahead' });
  if (state.ahead.length > 0) return leaveAhead(runner, state);
  const { history } = state;
  const alreadyApplied = countApplied(history);
  const isPending = toRun(history).some(({ file }) => wanted.has(file));
  const isDue = isPending || !isComplete(runner.target.store);
  // A dry run tells what would follow the files too.
  const isMoreDue = (options.dryRun || !isDue) && (await needsAfterApply(runner));
  // Nothing to run and nothing to create: no reason to wait for anybody, nor to load what a run needs.
  if (!isDue && !isMoreDue) {
    return { applied: [], alreadyApplied, ...(options.dryRun ? { pending: [] } : {}) };
  }
  const { applyPending, readScripts } = await import('./apply-pending.ts');
  const scripts = readScripts(runner, history, wanted);
  if (options.dryRun) return { applied: [], alreadyApplied, pending: scripts.map(({ file }) => file.tag) };
  return await applyPending(runner, files, wanted);
}
