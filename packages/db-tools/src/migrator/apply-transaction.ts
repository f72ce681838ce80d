import { hasLock, lockLost, takeTransactionLock } from './lock.ts';
import { withRetries } from './retry.ts';
import { baseSettings, faultPoint, lockTimeoutMs, type Runner, refuseAborted } from './runner.ts';
import { type ClassifiedStatement, type Script, settingOf } from './segments.ts';
import { ConnectionLost } from './session.ts';
import { insertFileNote, insertHistoryRow, moveIdsOn, selectRecorded } from './store.ts';

/** The answer to a COMMIT did not arrive: only the database knows. */
export class CommitUnknown extends Error {
  constructor(cause: unknown) {
    super('The connection was lost while a transaction was being committed', { cause });
    this.name = 'CommitUnknown';
  }
}

/** The history has the row already: a runner that does not take our lock was faster. */
export class AppliedElsewhere extends Error {}

/** What a transaction consists of. */
export interface Work {
  statements: ClassifiedStatement[];
  /** What the file has set for the session before. */
  settings?: ClassifiedStatement[];
  /** Whether the file is complete with it, so that its history row belongs into it. */
  last: boolean;
  /** Further bookkeeping to commit with the statements. */
  record?: string;
  /** The last statement of the file that is committed already; 0 for none. */
  committedUpTo: number;
  /** `performance.now()` when the file was begun; default: the try that succeeds. */
  begun?: number;
}

/**
 * Runs statements and records them in one transaction, and tries again when a lock could not be had.
 * The history row comes first: from then on nobody else can insert it, and it is committed with the statements or not
 * at all. Throws MigrationError, CommitUnknown, AppliedElsewhere.
 */
export async function applyTransaction(runner: Runner, script: Script, work: Work): Promise<void> {
  const retrying = {
    committedUpTo: work.committedUpTo,
    undo: async () => {
      await runner.session.run('rollback');
    },
  };
  await withRetries(runner, script, retrying, async (attempt) => {
    await attempt.step(undefined, () => begin(runner, script, work));
    for (const setting of work.settings ?? []) await attempt.step(setting, () => runner.session.run(setting.text));
    for (const statement of work.statements) {
      refuseAborted(runner);
      await attempt.step(statement, () => runner.session.run(statement.text));
      await faultPoint(runner, `${script.file.tag}: statement ${statement.number} ran`);
    }
    await attempt.step(undefined, () =>
      commit(runner, script, work, performance.now() - (work.begun ?? attempt.begun)),
    );
  });
}

async function begin(runner: Runner, script: Script, work: Work): Promise<void> {
  const { names, session } = runner;
  await faultPoint(runner, `${script.file.tag}: before begin`);
  try {
    await open(runner, script, work);
  } catch (error) {
    if ((error as { code?: string }).code !== '23505') throw error;
    await session.run('rollback');
    const [row] = await session.run(selectRecorded(names, script.file));
    if (row?.recorded === true) throw new AppliedElsewhere();
    await session.run(moveIdsOn(names));
    await open(runner, script, work);
  }
  await faultPoint(runner, `${script.file.tag}: begun`);
}

/** One message, so that a file costs few round trips; behind a pooler the lock comes between. */
async function open(runner: Runner, script: Script, work: Work): Promise<void> {
  const { names, session, key, options } = runner;
  const start = ['begin isolation level read committed', ...transactionSettings(runner, script)];
  const row = work.last && !script.removesRecord ? [insertHistoryRow(names, script.file)] : [];
  if (runner.pooled) {
    runner.backendPid = undefined;
    const [process] = await session.run([...start, 'select pg_catalog.pg_backend_pid() as pid'].join('; '));
    runner.backendPid = Number(process?.pid);
    await takeTransactionLock(session, key, { wait: options.lockWait ?? 60, signal: options.signal });
    if (row.length > 0) await session.run(row.join());
  } else {
    const [found] = await session.run([...start, ...row, `select ${hasLock(key)} as held`].join('; '));
    if (found?.held !== true) throw lockLost(script.file.tag);
  }
}

/**
 * A runner that is killed while a statement holds locks takes the statement along, which can never be committed;
 * without it the server would notice at its end. Windows cannot look.
 */
const NOTICE_A_DEAD_CLIENT = `select pg_catalog.set_config('client_connection_check_interval', '2s', true) where pg_catalog.version() !~* 'windows|visual|mingw|msys'`;

function transactionSettings(runner: Runner, { directives }: Script): string[] {
  const { statementTimeout } = runner.options;
  const limit = directives.statementTimeout ?? (statementTimeout === undefined ? undefined : statementTimeout * 1000);
  const settings = [`set local lock_timeout = ${directives.lockTimeout ?? lockTimeoutMs(runner.options)}`];
  if (limit !== undefined) settings.push(`set local statement_timeout = ${Math.round(limit)}`);
  if (runner.pooled) settings.push('set local standard_conforming_strings = on');
  settings.push(NOTICE_A_DEAD_CLIENT);
  return settings;
}

async function commit(runner: Runner, script: Script, work: Work, ms: number): Promise<void> {
  const { names, session } = runner;
  const messages = [
    work.last ? endOfFile(runner) : '',
    work.last || [...(work.settings ?? []), ...work.statements].some(settingOf) ? restoreSession(runner) : '',
    work.record ?? '',
    work.last ? (script.removesRecord ?? insertFileNote(names, script.file, ms)) : '',
    'commit',
  ];
  await faultPoint(runner, `${script.file.tag}: before commit`);
  try {
    await session.run(messages.filter(Boolean).join('; '));
  } catch (error) {
    throw error instanceof ConnectionLost ? new CommitUnknown(error) : error;
  }
  await faultPoint(runner, `${script.file.tag}: committed`);
}

/**
 * What a file leaves in the session must not decide what the next one means: run on another day it would not be there.
 * Nor, behind a pooler, is it to be found by an application, whose prepared statements are among those that are there.
 * Deferred triggers and cursors first: a temporary table that has some cannot go.
 */
function endOfFile({ pooled }: Runner): string {
  return `set constraints all immediate; close all; discard temp; unlisten *${pooled ? '' : '; deallocate all'}`;
}

/** The session as it was before the file, also in what functions and DO blocks have set. */
export function restoreSession(runner: Runner): string {
  const reset = 'set session authorization default; reset role; reset all';
  return runner.pooled ? reset : `${reset}; ${baseSettings(runner)}`;
}
