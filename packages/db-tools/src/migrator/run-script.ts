import { DbError } from '../errors.ts';
import { applySteps } from './apply-steps.ts';
import { applyTransaction, CommitUnknown } from './apply-transaction.ts';
import type { History } from './history.ts';
import type { MigrationFile } from './read-files.ts';
import { type Runner, reopen } from './runner.ts';
import type { Script } from './segments.ts';
import { readState, type State } from './state.ts';
import type { RecordedStep } from './store.ts';

/** A script on its way, and how the history tells that it took effect. */
export interface Run {
  script: Script;
  /** The steps of interrupted scripts. */
  steps: RecordedStep[];
  files: MigrationFile[];
  isDone: (history: History<MigrationFile>) => boolean;
}

/**
 * Runs a script, whatever happens to the answer of its COMMIT. Returns milliseconds. Throws MigrationError,
 * AppliedElsewhere.
 */
export async function runScript(runner: Runner, { script, steps, files, isDone }: Run): Promise<number> {
  const { file, statements, mode } = script;
  const { onEvent } = runner.options;
  const begun = performance.now();
  onEvent?.({ type: 'file-started', tag: file.tag, statements: statements.length, mode });
  let recorded = steps.filter((step) => step.tag === file.tag);
  for (let losses = 0; ; ) {
    try {
      if (mode === 'transaction' && recorded.length === 0) {
        await applyTransaction(runner, script, { statements, last: true, committedUpTo: 0 });
      } else {
        await applySteps(runner, script, recorded);
      }
      break;
    } catch (error) {
      if (!(error instanceof CommitUnknown) || ++losses > 3) throw error;
      const now = await lookAgain(runner, script, files);
      const committed = isDone(now.history);
      onEvent?.({ type: 'reconnected', tag: file.tag, committed });
      if (committed) break;
      recorded = now.steps.filter((step) => step.tag === file.tag);
    }
  }
  const ms = Math.round(performance.now() - begun);
  onEvent?.({ type: 'file-finished', tag: file.tag, ms });
  return ms;
}

/** Under the lock again, the old session is over, and the history tells. */
async function lookAgain(runner: Runner, script: Script, files: MigrationFile[]): Promise<State> {
  try {
    await reopen(runner);
    return await readState(runner, files, script.removesRecord ? { allow: 'half-reverted' } : {});
  } catch (error) {
    if (!runner.options.signal?.aborted) throw error;
    throw new DbError(
      'commit_unknown',
      `The connection was lost while ${script.file.tag} was being committed, and the run was stopped before it could look whether it was.`,
      { hint: 'See where it stands: pnpm db status', cause: error },
    );
  }
}
