import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { shellPath } from '../command-line/shell-path.ts';
import { DbError } from '../errors.ts';

/**
 * Writes what is not there yet, then takes away what goes (null). Returns the names of what changed. If it fails, the
 * folder is as it was before.
 */
export function writeFolder(directory: string, files: Map<string, Buffer | null>): string[] {
  const before = new Map<string, Buffer | null>();
  const current = (file: string) => {
    const path = join(directory, file);
    return existsSync(path) ? readFileSync(path) : null;
  };
  try {
    // What is added comes first, so that a kill leaves more than there should be, never less.
    for (const [file, content] of [...files].sort(([, a], [, b]) => Number(a === null) - Number(b === null))) {
      const old = current(file);
      if (content === null ? old === null : old?.equals(content)) continue;
      before.set(file, old);
      put(join(directory, file), content);
    }
    return [...before.keys()];
  } catch (cause) {
    for (const [file, content] of before) put(join(directory, file), content);
    throw new DbError('write_failed', `${directory} cannot be written: ${(cause as Error).message}`, {
      hint: `ls -ld ${shellPath(directory)}`,
      cause,
    });
  }
}

function put(path: string, content: Buffer | null): void {
  if (content === null) {
    rmSync(path, { force: true });
    return;
  }
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}
