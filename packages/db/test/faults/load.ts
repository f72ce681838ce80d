import { setTimeout as sleep } from 'node:timers/promises';
import { codesOf } from '@org/db-tools/connect';

export interface Load {
  /** Successes per second between two moments of `performance.now()`. */
  rate(from: number, to: number): number;
  /** How often each code was seen, outermost first. */
  codes(): Record<string, number>;
  successes(): number;
  /** Milliseconds that the slowest call took, failed or not. */
  slowest(): number;
  /** Ends the workers; throws when one is stuck for longer than `patience` milliseconds. */
  stop(patience?: number): Promise<void>;
}

/**
 * Calls `work` from many workers at once, again and again; a worker rests a little after a failure, as a client would.
 */
export function startLoad(workers: number, work: (worker: number) => PromiseLike<unknown>): Load {
  const successes: number[] = [];
  const codes: Record<string, number> = {};
  let slowest = 0;
  let stopped = false;
  const loop = async (worker: number) => {
    while (!stopped) {
      const start = performance.now();
      try {
        await work(worker);
        successes.push(performance.now());
      } catch (error) {
        const code = codesOf(error)[0] ?? `none: ${(error as Error).message}`;
        codes[code] = (codes[code] ?? 0) + 1;
        await sleep(5);
      }
      slowest = Math.max(slowest, performance.now() - start);
    }
  };
  const all = Promise.all(Array.from({ length: workers }, (_, worker) => loop(worker)));
  return {
    rate: (from, to) => (successes.filter((at) => at >= from && at < to).length * 1_000) / (to - from),
    codes: () => codes,
    successes: () => successes.length,
    slowest: () => slowest,
    async stop(patience = 15_000) {
      stopped = true;
      const timeout = sleep(patience, 'stuck', { ref: false });
      if ((await Promise.race([all, timeout])) === 'stuck') throw new Error(`Workers are stuck for ${patience} ms`);
    },
  };
}
