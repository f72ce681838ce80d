import type { Binaries } from './binaries.ts';

/**
 * The environment of PostgreSQL's programs: nothing of ours, since PG* variables would change what they do and a
 * superuser can read it (COPY … FROM PROGRAM).
 */
export function serverEnvironment(binaries: Pick<Binaries, 'libraryPath'>): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH || '/usr/local/bin:/usr/bin:/bin',
    LC_ALL: 'C',
    ...(binaries.libraryPath ? { LD_LIBRARY_PATH: binaries.libraryPath } : {}),
  };
}
