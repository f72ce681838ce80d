import { openLiveLine } from '../command-line/live-line.ts';
import type { VerbContext } from '../command-line/verb.ts';

/** Tells how long work goes on: one line that changes on a terminal, a line for each step elsewhere. */
export interface Progress {
  /** Something begins. */
  step(text: string): void;
  /** How far it is; shown on a terminal only. */
  update(text: string): void;
  /** Wipes the line that changes. */
  end(): void;
}

export function createProgress(context: VerbContext): Progress {
  const live = openLiveLine(context);
  if (!live) return { step: (text) => context.output.say(`  ${text}`), update: () => {}, end: () => {} };
  let current = '';
  let shownAt = 0;
  return {
    step: (text) => {
      current = text;
      live.show(`  ${text}`);
    },
    update: (text) => {
      if (performance.now() - shownAt < 100) return;
      shownAt = performance.now();
      live.show(`  ${current}: ${text}`);
    },
    end: () => live.clear(),
  };
}

/** e.g. `3.2 MB`. */
export function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(Math.max(Math.floor(Math.log10(Math.max(count, 1)) / 3), 0), units.length - 1);
  return `${power === 0 ? count : (count / 1000 ** power).toFixed(1)} ${units[power]}`;
}
