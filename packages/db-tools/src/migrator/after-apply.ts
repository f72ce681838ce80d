import { DbError } from '../errors.ts';
import { takeTransactionLock } from './lock.ts';
import { lockTimeoutMs, type Runner } from './runner.ts';
import type { SqlClient } from './types.ts';

/** Whether the caller's own work is due though no file is. */
export async function needsAfterApply(runner: Runner): Promise<boolean> {
  return (await runner.options.afterApply?.isNeeded(clientOf(runner))) ?? false;
}

/** The caller's own work, under the lock, as one transaction. */
export async function runAfterApply(runner: Runner): Promise<void> {
  const { session, key, options, pooled } = runner;
  if (!options.afterApply) return;
  try {
    await session.run(`begin isolation level read committed; set local lock_timeout = ${lockTimeoutMs(options)}`);
    if (pooled) await takeTransactionLock(session, key, { wait: options.lockWait ?? 60, signal: options.signal });
    await options.afterApply.apply(clientOf(runner));
    await session.run('commit');
  } catch (error) {
    if (!session.lost) await session.run('rollback');
    throw failed(error);
  }
}

function clientOf({ session }: Runner): SqlClient {
  return { unsafe: (query) => session.run(query) };
}

function failed(error: unknown): DbError {
  if (error instanceof DbError) return error;
  const { message, code } = error as Error & { code?: string };
  return new DbError(
    'after_apply_failed',
    `Every file is applied, but what follows them failed: ${message}${code ? ` (${code})` : ''}.`,
    { hint: 'It is tried again by: pnpm db migrate', cause: error },
  );
}
