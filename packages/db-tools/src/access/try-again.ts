import { setTimeout as sleep } from 'node:timers/promises';
import { codesOf } from '../connection/connect.ts';

/**
 * Another session was there first, or changed the same row of a catalog ("tuple concurrently updated" has no code of
 * its own).
 */
const RACE_CODES = new Set(['42710', '23505', 'XX000', '40P01']);

/**
 * Does the work again when another session changed the same roles or rights: they belong to the whole server, and no
 * lock covers every run. `work` plans anew each time, and leaves nothing behind when it fails.
 */
export async function tryAgain<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt === 20 || !codesOf(error).some((code) => RACE_CODES.has(code))) throw error;
      await sleep(20 * attempt * (0.5 + Math.random()));
    }
  }
}
