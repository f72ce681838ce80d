import { inCi } from '../environment/in-ci.ts';
import type { VerbContext } from './verb.ts';

/** One line at the bottom of the terminal that changes. */
export interface LiveLine {
  show(text: string): void;
  clear(): void;
}

/**
 * Undefined where lines cannot change: off a terminal, in CI, and with --quiet. Clear it before anything else is
 * written.
 */
export function openLiveLine({ options }: VerbContext): LiveLine | undefined {
  if (!process.stderr.isTTY || inCi(process.env) || options.quiet) return undefined;
  const wipe = '\r\x1b[2K';
  return {
    // Cut to the width, since a line that wraps is not wiped as a whole; a terminal that was not told its width says 0.
    show: (text) => void process.stderr.write(`${wipe}${text.slice(0, (process.stderr.columns || 80) - 1)}`),
    clear: () => void process.stderr.write(wipe),
  };
}
