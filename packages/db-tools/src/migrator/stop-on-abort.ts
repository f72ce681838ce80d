import type { Runner } from './runner.ts';
import { NoAnswer } from './session.ts';

const ASK_EVERY = 500;
/** What follows a statement that was ended (ROLLBACK, dropping half an index) is left alone that long. */
const TIDY_UP_FOR = 3000;
const GIVE_UP_AFTER = 5000;

/**
 * Once the signal of the run is given, asks the server to end what the run has it do, again and again: a request that comes
 * between two messages is lost. A server that does not react within five seconds is left alone, and the connection ended; what it
 * was doing is then settled by the next run. Returns what ends the watching.
 */
export function stopOnAbort(runner: Runner): () => void {
  const { signal } = runner.options;
  if (!signal) return () => {};
  let timer: NodeJS.Timeout | undefined;
  const start = () => {
    const ask = createAsking(runner, performance.now());
    timer = setInterval(ask, ASK_EVERY);
    ask();
  };
  if (signal.aborted) start();
  else signal.addEventListener('abort', start);
  return () => {
    signal.removeEventListener('abort', start);
    clearInterval(timer);
  };
}

function createAsking(runner: Runner, abortedAt: number): () => void {
  let asked: { message: object; at: number } | undefined;
  return () => {
    const { session } = runner;
    const { running: message, cancelledAt = 0 } = session;
    const now = performance.now();
    if (!message || (cancelledAt > abortedAt && now - cancelledAt < TIDY_UP_FOR)) return;
    if (asked?.message !== message) asked = { message, at: now };
    if (now - asked.at >= GIVE_UP_AFTER) session.destroy(new NoAnswer(GIVE_UP_AFTER));
    else void session.cancel();
  };
}
