import { setTimeout as sleep } from 'node:timers/promises';
import { shellPath } from '../command-line/shell-path.ts';
import { DbError } from '../errors.ts';
import { type Failure, MigrationError } from './migration-error.ts';
import { lockTimeoutMs, type Runner, refuseAborted } from './runner.ts';
import type { ClassifiedStatement, Script } from './segments.ts';
import { ConnectionLost } from './session.ts';
import type { Blocker } from './types.ts';

/** One try of a piece of work; it remembers at which statement it is, for the error and for the observer. */
export interface Attempt {
  /** `performance.now()` at its start. */
  begun: number;
  /** Runs an effect on behalf of a statement, or of the bookkeeping. */
  step(statement: ClassifiedStatement | undefined, effect: () => Promise<unknown>): Promise<void>;
}

export interface Retrying {
  /** The last statement of the file that is committed; 0 for none. */
  committedUpTo: number;
  /** Brings the session back to where a new try can start; not called when the connection is lost. */
  undo: () => Promise<void>;
  /** Milliseconds that a statement may wait for a lock. */
  lockTimeout?: number;
  /** For work that must not be done again by itself. */
  once?: boolean;
  /** After `undo`: what a failed try has left behind, in a sentence. */
  left?: () => string | undefined;
}

export const RETRIES = 10;
const FIRST_PAUSE = 200;
const LONGEST_PAUSE = 30_000;
/** After that long no new try is begun: an index build may have waited five minutes already. */
const RETRY_FOR = 300_000;

/**
 * Does the work, and again after a pause when a lock was not to be had (55P03) or two sessions stood in each other's
 * way (40P01). Anything else fails at once, as a MigrationError. In the pauses the locks are given back, so that those
 * who queue behind us get on.
 */
export async function withRetries(
  runner: Runner,
  script: Script,
  retrying: Retrying,
  work: (attempt: Attempt) => Promise<void>,
): Promise<void> {
  const retries = script.directives.retries ?? RETRIES;
  const lastStart = performance.now() + RETRY_FOR;
  for (let tried = 1; ; tried++) {
    let at: ClassifiedStatement | undefined;
    let blockers: Blocker[] = [];
    const attempt: Attempt = {
      begun: performance.now(),
      async step(statement, effect) {
        at = statement;
        const stop = runner.observer.watch({
          pid: runner.backendPid,
          tag: script.file.tag,
          statement: statement?.number ?? 0,
          sql: statement?.text ?? 'the history row',
          lockTimeout: retrying.lockTimeout ?? script.directives.lockTimeout ?? lockTimeoutMs(runner.options),
        });
        try {
          await effect();
        } finally {
          blockers = stop();
        }
      },
    };
    try {
      await work(attempt);
      return;
    } catch (error) {
      // Errors of our own say all there is to say; a lost COMMIT is for the caller to look into.
      const foreign = isServerError(error) || error instanceof ConnectionLost;
      await undo(runner, retrying);
      if (!foreign) throw error;
      refuseAborted(runner);
      const { code = '' } = error as { code?: string };
      if (retrying.once || !isWorthRetrying(error) || tried > retries || performance.now() > lastStart)
        throw failed(script, retrying, error, at, blockers);
      const delayMs = pauseAfter(runner, tried);
      runner.options.onEvent?.({
        type: 'retry',
        tag: script.file.tag,
        statement: at?.number ?? 0,
        code,
        attempt: tried,
        delayMs,
        blockers,
      });
      await sleep(delayMs, undefined, { signal: runner.options.signal }).catch(() => refuseAborted(runner));
    }
  }
}

/** Milliseconds: twice as many after each try, with jitter. */
export function pauseAfter({ internals }: Runner, tried: number): number {
  const pause = Math.min((internals.firstPause ?? FIRST_PAUSE) * 2 ** (tried - 1), LONGEST_PAUSE);
  return Math.round(pause * (0.75 + Math.random() / 2));
}

async function undo({ session }: Runner, retrying: Retrying): Promise<void> {
  if (session.lost) return;
  try {
    await retrying.undo();
  } catch (error) {
    // The first error tells more than that the connection is gone now as well.
    if (!(error instanceof ConnectionLost)) throw error;
  }
}

function isServerError(error: unknown): boolean {
  return !(error instanceof DbError) && typeof (error as { severity?: unknown }).severity === 'string';
}

export function isWorthRetrying(error: unknown): boolean {
  const { code } = error as { code?: string };
  return code === '55P03' || code === '40P01';
}

function failed(
  script: Script,
  { committedUpTo, left }: Retrying,
  error: unknown,
  at: ClassifiedStatement | undefined,
  blockers: Blocker[],
): MigrationError {
  const { tag } = script.file;
  const [again, others] = script.removesRecord
    ? ['pnpm db revert', 'the files after it are reverted']
    : ['pnpm db migrate', 'the files before it are applied'];
  const common: Omit<Failure, 'code' | 'next'> = {
    tag,
    file: at && { sql: script.sql, statement: at },
    cause: error,
    blockers,
    committed:
      left?.() ??
      (committedUpTo === 0
        ? `Nothing of ${tag} was kept; ${others}.`
        : `Of ${tag}, the statements up to number ${committedUpTo} are committed; the next run goes on behind them.`),
  };
  if (error instanceof ConnectionLost) {
    return new MigrationError({
      ...common,
      code: 'connection_lost',
      next: `${again} (it looks at what became of the statement, and waits for it if the server still runs it)`,
    });
  }
  if (isWorthRetrying(error)) {
    return new MigrationError({
      ...common,
      code: 'lock_not_available',
      next: `${endProcess(blockers)}, then: ${again}`,
    });
  }
  return new MigrationError({ ...common, code: 'migration_failed', next: nextStep(error, script, at, again) });
}

/** The advice about those who hold a lock. */
export function endProcess(blockers: Blocker[]): string {
  const who = blockers.map(({ pid }) => pid).join(', ');
  return `Wait for ${who ? `process ${who}` : 'whoever holds the lock'} to end, or end it (select pg_terminate_backend(${who || '…'}))`;
}

/**
 * PostgreSQL tells of a few statements only when they run that they cannot be in a transaction: REINDEX and CLUSTER of
 * what is partitioned.
 */
const IN_TRANSACTION = '25001';

const NO_RIGHT = '42501';

/**
 * What is there already, or is not, was often not made by a migration: then the file is right, and the database is not.
 */
function nextStep(
  error: unknown,
  { file: { tag, path }, directives, removesRecord }: Script,
  at: ClassifiedStatement | undefined,
  again: string,
): string {
  const { code = '' } = error as { code?: string };
  if (code === NO_RIGHT && !at) {
    return `Connect as the role that owns the history (see whose it is: pnpm db doctor), then: ${again}`;
  }
  if (code === IN_TRANSACTION && directives.transaction !== 'none') {
    return `Begin ${tag}.sql with a line "-- db: transaction=none", so that it runs outside of a transaction, then: ${again}`;
  }
  const correct = `Correct ${tag}.sql, then: ${again}`;
  if (EXISTS_ALREADY.has(code)) {
    return `${correct} — or, if it was made by hand or with db push, see what is there: pnpm db doctor; if all of the file is: pnpm db repair --mark-applied ${tag}`;
  }
  // The lint reads the migration, not what leads back.
  if (REFUSED_BY_ROWS.has(code) && !removesRecord && /^(alter|create)\s/i.test(at?.text ?? '')) {
    return `Correct the rows that stand in the way, or the file (see what to write instead: pnpm db lint ${shellPath(path)}), then: ${again}`;
  }
  if (IS_MISSING.has(code))
    return `${correct} — or, if a migration before it made this, see what is missing: pnpm db drift`;
  return correct;
}

/** Schema, table or index, type or constraint, column, function. */
const EXISTS_ALREADY = new Set(['42P06', '42P07', '42710', '42701', '42723']);
/** Schema, table, type or constraint. */
const IS_MISSING = new Set(['3F000', '42P01', '42704']);
/** NOT NULL, foreign key, unique, check: of the rows that are there. */
const REFUSED_BY_ROWS = new Set(['23502', '23503', '23505', '23514']);
