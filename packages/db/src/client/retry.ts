import { setTimeout as sleep } from 'node:timers/promises';
import { findServerError, SQLSTATE } from '../errors.ts';

export interface RetryOptions {
  /** At most, the first one included; 3 unless given. */
  attempts?: number;
}

/**
 * The server has undone the whole transaction, and says that it may be done again; nothing else is safe to repeat
 * blindly.
 */
const REPEATABLE = new Set<string>([SQLSTATE.serializationFailure, SQLSTATE.deadlockDetected]);

/**
 * Shared by all transactions of the process, so that a database in trouble is not asked three times as much: an attempt
 * that succeeds earns a tenth of a retry, up to `full`.
 * https://sre.google/sre-book/handling-overload/#deciding-to-retry
 */
const budget = { full: 100, left: 100, earned: 0.1 };

/**
 * Runs `attempt` again, after a short and random pause, as long as the server asks for it. Throws what the last attempt
 * throws.
 */
export async function withRetries<Result>(
  attempt: () => Promise<Result>,
  { attempts = 3 }: RetryOptions,
): Promise<Result> {
  for (let count = 1; ; count++) {
    try {
      const result = await attempt();
      budget.left = Math.min(budget.full, budget.left + budget.earned);
      return result;
    } catch (error) {
      const repeatable = REPEATABLE.has(findServerError(error)?.sqlState ?? '');
      if (!repeatable || count >= attempts || budget.left < 1) throw error;
      budget.left--;
      await sleep(Math.random() * 20 * 2 ** count);
    }
  }
}
