import { DbError } from '../errors.ts';
import type { Runner } from './runner.ts';
import { NoAnswer } from './session.ts';

const ASK_EVERY = 500;
/** What follows a statement that was ended (ROLLBACK, dropping half an index) is left alone that long. */
const TIDY_UP_FOR = 3000;
const GIVE_UP_AFTER = 5000;

/**
 * Once the signal of the run is given, asks the server to end what the run has it do, again and again: a request that
 * comes between two messages is lost. A server that does not react within five seconds is left alone, and the
 * connection ended; what it was doing is then settled by the next run, and whatever the run throws becomes
 * `server_silent`.
 */
export async function stopOnAbort<Result>(runner: Runner, run: () => Promise<Result>): Promise<Result> {
  const { signal } = runner.options;
  let timer: NodeJS.Timeout | undefined;
  let isSilent = false;
  const start = () => {
    const ask = createAsking(runner, performance.now(), () => {
      isSilent = true;
    });
    timer = setInterval(ask, ASK_EVERY);
    ask();
  };
  if (signal?.aborted) start();
  else signal?.addEventListener('abort', start);
  try {
    return await run();
  } catch (error) {
    throw isSilent ? silentError(error) : error;
  } finally {
    signal?.removeEventListener('abort', start);
    clearInterval(timer);
  }
}

function silentError(cause: unknown): DbError {
  return new DbError(
    'server_silent',
    `The run was stopped, and the server did not react within ${GIVE_UP_AFTER / 1000} s; whether what it was doing takes effect is unknown.`,
    { hint: 'See where it stands: pnpm db status', cause },
  );
}

function createAsking(runner: Runner, abortedAt: number, onSilence: () => void): () => void {
  let asked: { message: object; at: number } | undefined;
  return () => {
    const { session } = runner;
    const { running: message, cancelledAt = 0 } = session;
    const now = performance.now();
    if (!message || (cancelledAt > abortedAt && now - cancelledAt < TIDY_UP_FOR)) return;
    if (asked?.message !== message) asked = { message, at: now };
    if (now - asked.at < GIVE_UP_AFTER) return void session.cancel();
    onSilence();
    session.destroy(new NoAnswer(GIVE_UP_AFTER));
  };
}
