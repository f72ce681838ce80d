import { isAbsolute, relative, resolve } from 'node:path';

/**
 * A path as people read it: relative to the folder that they typed the command in, where that is known and above it,
 * else absolute.
 */
export function shownPath(path: string): string {
  const folder = typedIn();
  const shown = folder === undefined ? resolve(path) : relative(folder, resolve(path));
  return shown === '' || shown.startsWith('..') || isAbsolute(shown) ? resolve(path) : shown;
}

/** The same for a command to paste: quoted where a shell would take it apart. */
export function shellPath(path: string): string {
  const shown = shownPath(path);
  return shellWord(shown.startsWith('-') ? `./${shown}` : shown);
}

/** Text as one word of a POSIX shell. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** A package manager runs a script in the folder of its package, and Turbo a task too: INIT_CWD or TURBO_HASH tell. */
function typedIn(): string | undefined {
  const { INIT_CWD, TURBO_HASH } = process.env;
  const here = process.cwd();
  return TURBO_HASH === undefined && (INIT_CWD === undefined || INIT_CWD === here) ? here : undefined;
}
