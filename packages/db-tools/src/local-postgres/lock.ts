import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { DbError, EXIT } from '../errors.ts';
import { isAlive, type ProcessIdentity, thisProcess } from './process-identity.ts';

/**
 * Runs `work` while no other process holds the lock file. The lock of a process that died is taken over. Throws a
 * DbError `local_postgres_busy` if a living one keeps it for longer than `seconds`.
 */
export async function withLockFile<T>(file: string, work: () => Promise<T>, seconds = 150): Promise<T> {
  const deadline = performance.now() + seconds * 1000;
  const mine = JSON.stringify({ ...thisProcess(), nonce: randomUUID() });
  while (!create(file, mine)) {
    const holder = read(file);
    if (holder === undefined) continue;
    if (!isHeld(holder)) {
      removeStale(file, holder);
      continue;
    }
    if (performance.now() > deadline) {
      throw new DbError('local_postgres_busy', `Another process has held ${file} for ${seconds} s: ${holder}.`, {
        exit: EXIT.locked,
        hint: 'See what that process does, and end it if it hangs',
      });
    }
    await sleep(25);
  }
  try {
    return await work();
  } finally {
    if (read(file) === mine) fs.rmSync(file, { force: true });
  }
}

/** By way of a link, so that the file appears with its content or not at all. */
function create(file: string, content: string): boolean {
  const draft = `${file}.${randomUUID()}`;
  fs.writeFileSync(draft, content);
  try {
    fs.linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    fs.rmSync(draft, { force: true });
  }
}

function isHeld(content: string): boolean {
  try {
    return isAlive(JSON.parse(content) as ProcessIdentity);
  } catch {
    return false;
  }
}

/** Moves it away before deleting: of two processes that saw the same stale lock, the slower may meet a new one. */
function removeStale(file: string, stale: string): void {
  const aside = `${file}.${randomUUID()}`;
  try {
    fs.renameSync(file, aside);
    if (read(aside) !== stale) fs.linkSync(aside, file);
  } catch (error) {
    if (!['ENOENT', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    fs.rmSync(aside, { force: true });
  }
}

function read(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
