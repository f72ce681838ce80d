import { DbError } from '../errors.ts';
import type { MigrationFile } from './read-files.ts';
import type { Internals } from './run.ts';
import type { Session } from './session.ts';
import { insertFileNote, insertHistoryRow, type StoreNames } from './store.ts';
import type { MigrateOptions } from './types.ts';

export interface ApplyContext {
  session: Session;
  names: StoreNames;
  options: MigrateOptions;
  internals: Internals;
}

/** Runs one file and records it, in one transaction. Returns milliseconds. */
export async function applyFile({ session, names, options }: ApplyContext, file: MigrationFile): Promise<number> {
  const begun = performance.now();
  options.onEvent?.({ type: 'file-started', tag: file.tag, statements: 1, mode: 'transaction' });
  await session.run(`begin; set local lock_timeout = '2s'; ${insertHistoryRow(names, file)}`);
  try {
    await session.run(file.sql());
  } catch (error) {
    if (!session.lost) await session.run('rollback');
    throw new DbError('migration_failed', `${file.tag} failed: ${(error as Error).message}. Nothing of it was kept.`, {
      hint: 'Correct the file, then: pnpm db migrate',
      cause: error,
    });
  }
  const ms = performance.now() - begun;
  await session.run(`${insertFileNote(names, file, ms)}; commit`);
  options.onEvent?.({ type: 'file-finished', tag: file.tag, ms });
  return ms;
}
