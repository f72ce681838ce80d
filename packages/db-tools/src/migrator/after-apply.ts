import { setTimeout as sleep } from 'node:timers/promises';
import { DbError } from '../errors.ts';
import { describeBlocker } from './blockers.ts';
import { takeTransactionLock } from './lock.ts';
import { endProcess, isWorthRetrying, pauseAfter, RETRIES } from './retry.ts';
import { lockTimeoutMs, type Runner, refuseAborted } from './runner.ts';
import type { AfterApply, Blocker, SqlClient } from './types.ts';

/** Whether the caller's own work is due though no file is. */
export async function needsAfterApply(runner: Runner): Promise<boolean> {
  return (await runner.options.afterApply?.isNeeded(clientOf(runner))) ?? false;
}

/** What was done before it, and the command that does it alone. */
export interface Done {
  what: string;
  again: string;
}

/** The caller's own work, under the lock, as one transaction, which is tried again as that of a file is. */
export async function runAfterApply(runner: Runner, done: Done): Promise<void> {
  const { session, options } = runner;
  const work = options.afterApply;
  if (!work) return;
  for (let tried = 1; ; tried++) {
    let blockers: Blocker[] = [];
    try {
      const pid = await begin(runner);
      const stop = runner.observer.watch({
        pid,
        tag: work.name,
        statement: 0,
        sql: work.name,
        lockTimeout: lockTimeoutMs(options),
      });
      await work.apply(clientOf(runner)).finally(() => {
        blockers = stop();
      });
      await session.run('commit');
      return;
    } catch (error) {
      if (!session.lost) await session.run('rollback');
      refuseAborted(runner);
      if (!isWorthRetrying(error) || tried > RETRIES) throw failed(error, work, blockers, done);
      const { code = '' } = error as { code?: string };
      const delayMs = pauseAfter(runner, tried);
      options.onEvent?.({ type: 'retry', tag: work.name, statement: 0, code, attempt: tried, delayMs, blockers });
      await sleep(delayMs, undefined, { signal: options.signal }).catch(() => refuseAborted(runner));
    }
  }
}

/** Returns the process that the transaction is on, which is another for each one behind a pooler. */
async function begin({ session, key, options, pooled }: Runner): Promise<number> {
  const [row] = await session.run(
    `begin isolation level read committed; set local lock_timeout = ${lockTimeoutMs(options)}; select pg_catalog.pg_backend_pid() as pid`,
  );
  if (pooled) await takeTransactionLock(session, key, { wait: options.lockWait ?? 60, signal: options.signal });
  return Number(row!.pid);
}

function clientOf({ session }: Runner): SqlClient {
  return { unsafe: (query) => session.run(query) };
}

function failed(error: unknown, { name }: AfterApply, blockers: Blocker[], done: Done): DbError {
  if (error instanceof DbError) return error;
  const { message, code } = error as Error & { code?: string };
  const what = `${done.what}, but what follows (${name}) failed: ${message}${code ? ` (${code})` : ''}.`;
  if (!isWorthRetrying(error)) {
    return new DbError('after_apply_failed', what, { hint: `It is tried again by: ${done.again}`, cause: error });
  }
  return new DbError(
    'lock_not_available',
    [what, ...blockers.map((blocker) => `Blocked by ${describeBlocker(blocker)}.`)].join(' '),
    { hint: `${endProcess(blockers)}, then: ${done.again}`, cause: error, details: { blockers } },
  );
}
