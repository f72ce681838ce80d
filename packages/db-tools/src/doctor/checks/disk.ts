import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { shellPath } from '../../command-line/shell-path.ts';
import { type Check, type Clone, fail, ok, warn } from '../check.ts';

const MB = 1024 * 1024;

export const disk: Check<Clone> = {
  name: 'disk',
  run({ config, target }) {
    const folder = nearest(config.localPostgres.directory);
    const obstacle = target && target.source !== 'local' ? undefined : whyNotWritable(folder);
    if (obstacle) {
      return fail(
        `${folder}, where the local PostgreSQL keeps its data, cannot be written: ${obstacle}.`,
        `Give it to the user who runs this, or set DATABASE_URL to a server of your own: ls -ld ${shellPath(folder)}`,
      );
    }
    const { bavail, bsize } = statfsSync(folder);
    return judgeFree(folder, bavail * bsize);
  },
};

/** PostgreSQL stops with PANIC when it cannot write its log. */
export function judgeFree(folder: string, bytes: number) {
  const free = `${Math.floor(bytes / MB)} MB are free at ${folder}`;
  const fix = 'Old test databases and backups are in .local: du -sh .local/*; packages nobody uses: pnpm store prune';
  if (bytes < 200 * MB) return fail(`${free}, too little for the local PostgreSQL.`, fix);
  if (bytes < 1024 * MB) return warn(`${free}.`, fix);
  return ok(`${free}.`);
}

function whyNotWritable(folder: string): string | undefined {
  if (!statSync(folder).isDirectory()) return 'it is no folder';
  try {
    accessSync(folder, constants.W_OK);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function nearest(folder: string): string {
  return existsSync(folder) ? folder : nearest(dirname(folder));
}
