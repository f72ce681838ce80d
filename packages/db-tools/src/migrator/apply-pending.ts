import { DbError, EXIT } from '../errors.ts';
import { runAfterApply } from './after-apply.ts';
import { AppliedElsewhere } from './apply-transaction.ts';
import { type History, toRun } from './history.ts';
import type { MigrationFile } from './read-files.ts';
import { runScript } from './run-script.ts';
import { lockRun, type Runner, refuseAborted } from './runner.ts';
import { readScript, type Script, settingOf } from './segments.ts';
import { countApplied, leaveAhead, readState } from './state.ts';
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
  const state = await readState(runner, files, { allow: 'ahead' });
  if (state.ahead.length > 0) return leaveAhead(runner, state);
  const { history, steps } = state;
  if (history.entries.every(({ state }) => state === 'pending')) await allowLegacyOrder(runner, files);
  const applied: MigrateResult['applied'] = [];
  for (const script of readScripts(runner, history, wanted)) {
    refuseAborted(runner);
    const ms = await applyScript(runner, script, steps, files);
    if (ms !== undefined) applied.push({ tag: script.file.tag, ms });
  }
  await runAfterApply(runner, { what: 'Every file is applied', again: 'pnpm db migrate' });
  return { applied, alreadyApplied: countApplied(history) };
}

/** Returns milliseconds, or undefined when another runner was faster. */
async function applyScript(
  runner: Runner,
  script: Script,
  steps: RecordedStep[],
  files: MigrationFile[],
): Promise<number | undefined> {
  const { tag } = script.file;
  const isDone = ({ entries }: History<MigrationFile>) =>
    entries.some(({ file, state }) => file.tag === tag && state === 'applied');
  try {
    return await runScript(runner, { script, steps, files, isDone });
  } catch (error) {
    if (!(error instanceof AppliedElsewhere)) throw error;
    if (script.mode === 'steps') await runner.session.run(removeSteps(runner.names, tag));
    runner.options.onEvent?.({ type: 'file-skipped', tag, reason: 'applied-by-another-runner' });
    return undefined;
  }
}

/**
 * Every file is read before the first one runs: what cannot work must not be noticed halfway. Throws exit 3, or 5
 * behind a pooler.
 */
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
 * database in the order of the journal. Written down, so that a crash in the middle does not turn the rest into
 * latecomers.
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
      : statements.some((statement) => ['session', 'mixed'].includes(settingOf(statement) ?? ''))
        ? 'changes settings of the session, which would stay behind for others'
        : undefined;
  if (why === undefined) return;
  throw new DbError('needs_session', `${file.tag} ${why}, and there is a pooler between this process and the server.`, {
    exit: EXIT.wrongTarget,
    hint: 'Set DATABASE_URL_DIRECT to the server itself.',
  });
}
