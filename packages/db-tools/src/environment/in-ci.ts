import type { Environment } from './load.ts';

/** Whether CI is set; empty, `false` and `0` say that it is not. */
export function inCi({ CI }: Environment): boolean {
  return CI !== undefined && !['', 'false', '0'].includes(CI);
}
