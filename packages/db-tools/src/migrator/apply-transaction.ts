import { poll } from './lock.ts';
import { withRetries } from './retry.ts';
import { baseSettings, faultPoint, lockTimeoutMs, type Runner, refuseAborted } from './runner.ts';
import type { ClassifiedStatement, Script } from './segments.ts';
import { ConnectionLost } from './session.ts';
import { insertFileNote, insertHistoryRow } from './store.ts';

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
 * The history row comes first: from then on nobody else can insert it, and it is committed with the statements or not at all.
 * Throws MigrationError, CommitUnknown, AppliedElsewhere.
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
  await session.run(`begin isolation level read committed; ${transactionSettings(runner, script).join('; ')}`);
  if (runner.pooled) await takeTransactionLock(runner);
  if (work.last) {
    try {
      await session.run(insertHistoryRow(names, script.file));
    } catch (error) {
      throw (error as { code?: string }).code === '23505' ? new AppliedElsewhere() : error;
    }
  }
  await faultPoint(runner, `${script.file.tag}: begun`);
}

function transactionSettings(runner: Runner, { directives }: Script): string[] {
  const { statementTimeout } = runner.options;
  const limit = directives.statementTimeout ?? (statementTimeout === undefined ? undefined : statementTimeout * 1000);
  const settings = [`set local lock_timeout = ${directives.lockTimeout ?? lockTimeoutMs(runner.options)}`];
  if (limit !== undefined) settings.push(`set local statement_timeout = ${Math.round(limit)}`);
  if (runner.pooled) settings.push('set local standard_conforming_strings = on');
  return settings;
}

/** Only a transaction stays on one server process behind a pooler, so the lock lasts as long as it does. */
async function takeTransactionLock({ session, key, options }: Runner): Promise<void> {
  const attempt = async () => {
    const [row] = await session.run(
      `select pg_catalog.pg_try_advisory_xact_lock(${key.classId}, ${key.objectId}) as taken`,
    );
    return row?.taken === true ? true : undefined;
  };
  await poll(attempt, session, key, { wait: options.lockWait ?? 60, signal: options.signal });
}

async function commit(runner: Runner, script: Script, work: Work, ms: number): Promise<void> {
  const { names, session } = runner;
  const bookkeeping = [
    work.statements.some(changesSession) ? restoreSession(runner) : '',
    work.record ?? '',
    work.last ? insertFileNote(names, script.file, ms) : '',
  ].filter(Boolean);
  if (bookkeeping.length > 0) await session.run(bookkeeping.join('; '));
  await faultPoint(runner, `${script.file.tag}: before commit`);
  try {
    await session.run('commit');
  } catch (error) {
    throw error instanceof ConnectionLost ? new CommitUnknown(error) : error;
  }
  await faultPoint(runner, `${script.file.tag}: committed`);
}

function changesSession({ class: found }: ClassifiedStatement): boolean {
  return found.mode !== 'own' && found.changesSession;
}

/** A SET of one file must not decide what the next file means; after a crash it would not be there. */
export function restoreSession(runner: Runner): string {
  return `set session authorization default; reset role; reset all; ${baseSettings(runner)}`;
}
