import { setTimeout as sleep } from 'node:timers/promises';

/** Asks every 10 ms until the answer is not falsy; fails after some seconds with the name of what did not come. */
export async function waitUntil<T>(what: string, ask: () => T | Promise<T>, seconds = 10): Promise<NonNullable<T>> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (performance.now() > deadline) throw new Error(`Not within ${seconds} s: ${what}`);
    await sleep(10);
  }
}
