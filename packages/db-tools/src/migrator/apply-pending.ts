import { DbError, EXIT } from '../errors.ts';
import { runAfterApply } from './after-apply.ts';
import { applySteps } from './apply-steps.ts';
import { AppliedElsewhere, applyTransaction, CommitUnknown } from './apply-transaction.ts';
import { type History, toRun } from './history.ts';
import type { MigrationFile } from './read-files.ts';
import { lockRun, type Runner, refuseAborted, reopen } from './runner.ts';
import { readScript, type Script } from './segments.ts';
import { countApplied, readState } from './state.ts';
import { allowOutOfOrder, ensureStore, type RecordedStep, removeSteps } from './store.ts';
import type { MigrateResult } from './types.ts';

/** Takes the lock and applies the wanted files that are pending under it. */
export async function applyPending(
  runner: Runner,
  files: MigrationFile[],
  wanted: Set<MigrationFile>,
): Promise<MigrateResult> {
  await lockRun(runner);
  await ensureStore(runner.session, runner.names);
  // Another runner may have been at work until this moment.
  const { history, steps } = await readState(runner, files);
  if (history.entries.every(({ state }) => state === 'pending')) await allowLegacyOrder(runner, files);
  const applied: MigrateResult['applied'] = [];
  for (const script of readScripts(runner, history, wanted)) {
    refuseAborted(runner);
    const ms = await applyScript(runner, script, steps, files);
    if (ms !== undefined) applied.push({ tag: script.file.tag, ms });
  }
  await runAfterApply(runner);
  return { applied, alreadyApplied: countApplied(history) };
}

/** Applies one file, whatever happens to the answer of its COMMIT. Returns milliseconds, or undefined when another runner was faster. */
async function applyScript(
  runner: Runner,
  script: Script,
  steps: RecordedStep[],
  files: MigrationFile[],
): Promise<number | undefined> {
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
      if (error instanceof AppliedElsewhere) {
        if (mode === 'steps') await runner.session.run(removeSteps(runner.names, file.tag));
        onEvent?.({ type: 'file-skipped', tag: file.tag, reason: 'applied-by-another-runner' });
        return undefined;
      }
      if (!(error instanceof CommitUnknown) || ++losses > 3) throw error;
      const found = await lookAgain(runner, script, files);
      onEvent?.({ type: 'reconnected', tag: file.tag, committed: found === 'applied' });
      if (found === 'applied') break;
      recorded = found;
    }
  }
  const ms = Math.round(performance.now() - begun);
  onEvent?.({ type: 'file-finished', tag: file.tag, ms });
  return ms;
}

/** After a COMMIT without an answer: under the lock again, the old session is over, and the history tells. */
async function lookAgain(runner: Runner, script: Script, files: MigrationFile[]): Promise<'applied' | RecordedStep[]> {
  await reopen(runner);
  const { history, steps } = await readState(runner, files);
  const entry = history.entries.find(({ file }) => file.tag === script.file.tag);
  return entry?.state === 'applied' ? 'applied' : steps.filter((step) => step.tag === script.file.tag);
}

/** Every file is read before the first one runs: what cannot work must not be noticed halfway. Throws exit 3, or 5 behind a pooler. */
export function readScripts(runner: Runner, history: History<MigrationFile>, wanted: Set<MigrationFile>): Script[] {
  const read = toRun(history).flatMap(({ file }) => (wanted.has(file) ? [scriptOf(file)] : []));
  for (const script of read) refuseThroughPooler(runner, script);
  return read;
}

/** They are read before the lock is waited for, and again under it. */
const scripts = new WeakMap<MigrationFile, Script>();

function scriptOf(file: MigrationFile): Script {
  let script = scripts.get(file);
  if (!script) {
    script = readScript(file);
    scripts.set(file, script);
  }
  return script;
}

/**
 * A journal whose stamps do not rise (branches that were merged, and applied in that order long ago) works on an empty
 * database in the order of the journal. Written down, so that a crash in the middle does not turn the rest into latecomers.
 */
async function allowLegacyOrder(runner: Runner, files: MigrationFile[]): Promise<void> {
  let newest = Number.NEGATIVE_INFINITY;
  const late = files.filter(({ when }) => {
    const isLate = when <= newest;
    newest = Math.max(newest, when);
    return isLate;
  });
  if (late.length > 0) await runner.session.run(late.map((file) => allowOutOfOrder(runner.names, file)).join('; '));
}

function refuseThroughPooler(runner: Runner, { file, mode, statements }: Script): void {
  if (!runner.pooled) return;
  const why =
    mode === 'steps'
      ? 'has statements that cannot be in one transaction'
      : statements.some(({ class: found }) => found.mode !== 'own' && found.changesSession)
        ? 'changes settings of the session, which would stay behind for others'
        : undefined;
  if (why === undefined) return;
  throw new DbError('needs_session', `${file.tag} ${why}, and there is a pooler between this process and the server.`, {
    exit: EXIT.wrongTarget,
    hint: 'Set DATABASE_URL_DIRECT to the server itself.',
  });
}
