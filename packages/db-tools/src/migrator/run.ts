import { DbError, EXIT } from '../errors.ts';
import { applySteps } from './apply-steps.ts';
import { AppliedElsewhere, applyTransaction, CommitUnknown } from './apply-transaction.ts';
import { type History, reconcile, refuseMismatch, toRun } from './history.ts';
import { type MigrationFile, readMigrations } from './read-files.ts';
import { closeRunner, type Internals, lockRun, openRunner, type Runner, refuseAborted, reopen } from './runner.ts';
import { readScript, type Script } from './segments.ts';
import { allowOutOfOrder, ensureStore, isComplete, type RecordedStep, readStore, removeSteps } from './store.ts';
import { inspectTarget } from './target-check.ts';
import { told } from './told.ts';
import type { MigrateOptions, MigrateResult } from './types.ts';

/** What `migrate` does; the internals are for tests. */
export async function run(options: MigrateOptions, internals: Internals = {}): Promise<MigrateResult> {
  const files = readMigrations(options.directory);
  const wanted = upTo(files, options.to);
  return told(options, () => runWith(options, internals, files, wanted));
}

async function runWith(
  options: MigrateOptions,
  internals: Internals,
  files: MigrationFile[],
  wanted: Set<MigrationFile>,
): Promise<MigrateResult> {
  const runner = await openRunner(options, internals);
  const cancel = () => void runner.observer.cancel(runner.target.pid).catch(() => {});
  options.signal?.addEventListener('abort', cancel);
  try {
    const early = await readState(runner, files);
    const scripts = readScripts(early.history, wanted);
    const alreadyApplied = countApplied(early.history);
    if (options.dryRun) return { applied: [], alreadyApplied, pending: scripts.map(({ file }) => file.tag) };
    // Nothing to run and nothing to create: no reason to wait for anybody.
    if (scripts.length === 0 && isComplete(runner.target.store)) return { applied: [], alreadyApplied };
    for (const script of scripts) refuseThroughPooler(runner, script);
    return await runLocked(runner, files, wanted);
  } finally {
    options.signal?.removeEventListener('abort', cancel);
    await closeRunner(runner);
  }
}

async function runLocked(runner: Runner, files: MigrationFile[], wanted: Set<MigrationFile>): Promise<MigrateResult> {
  await lockRun(runner);
  await ensureStore(runner.session, runner.names);
  // Another runner may have been at work until this moment.
  const { history, steps } = await readState(runner, files);
  if (history.entries.every(({ state }) => state === 'pending')) await allowLegacyOrder(runner, files);
  const applied: MigrateResult['applied'] = [];
  for (const script of readScripts(history, wanted)) {
    refuseAborted(runner);
    const ms = await applyScript(runner, script, steps, files);
    if (ms !== undefined) applied.push({ tag: script.file.tag, ms });
  }
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

async function readState(
  runner: Runner,
  files: MigrationFile[],
): Promise<{ history: History<MigrationFile>; steps: RecordedStep[] }> {
  const { session, names } = runner;
  if (runner.locked || runner.pooled) runner.target = await inspectTarget(session, names);
  const { rows, notes, steps } = await readStore(session, runner.target.store, names);
  const history = reconcile(files, rows, notes);
  refuseMismatch(history);
  return { history, steps };
}

/** Every file is read before the first one runs: what cannot work must not be noticed halfway. */
function readScripts(history: History<MigrationFile>, wanted: Set<MigrationFile>): Script[] {
  return toRun(history)
    .filter(({ file }) => wanted.has(file))
    .map(({ file }) => readScript(file));
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

function upTo(files: MigrationFile[], to: string | undefined): Set<MigrationFile> {
  if (to === undefined) return new Set(files);
  const last = files.findIndex((file) => file.tag === to);
  if (last === -1)
    throw new DbError('unknown_tag', `There is no migration ${to}.`, {
      hint: 'The tags are listed by: pnpm db status',
    });
  return new Set(files.slice(0, last + 1));
}

function countApplied(history: History<MigrationFile>): number {
  return history.entries.filter((entry) => entry.state === 'applied').length;
}
