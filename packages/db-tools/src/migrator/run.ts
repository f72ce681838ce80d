import { DbError } from '../errors.ts';
import { applyFile } from './apply.ts';
import { type History, type HistoryEntry, reconcile, refuseMismatch, toRun } from './history.ts';
import { lockKey, takeLock } from './lock.ts';
import { type MigrationFile, readMigrations } from './read-files.ts';
import { openSession, type Session } from './session.ts';
import { ensureStore, isComplete, readStore, type StoreNames, storeNames } from './store.ts';
import { inspectTarget, refuseWrongTarget } from './target-check.ts';
import type { MigrateOptions, MigrateResult } from './types.ts';

/** Hooks for tests: called with a name before each effect. */
export interface Internals {
  onFaultPoint?: (name: string) => void | Promise<void>;
}

export async function run(options: MigrateOptions, internals: Internals = {}): Promise<MigrateResult> {
  const files = readMigrations(options.directory);
  const names = storeNames(options.table);
  const session = await openSession(sessionOptions(options));
  try {
    const target = await inspectTarget(session, names);
    refuseWrongTarget(session, target, options.allowPooler ?? false);
    const early = await readHistory(session, files, names);
    const waiting = upTo(toRun(early), files, options.to);
    const alreadyApplied = early.entries.filter((entry) => entry.state === 'applied').length;
    if (options.dryRun) return { applied: [], alreadyApplied, pending: waiting.map((entry) => entry.file.tag) };
    // Nothing to run and nothing to create: no reason to wait for anybody.
    if (waiting.length === 0 && isComplete(target.store)) return { applied: [], alreadyApplied };

    await takeLock(session, lockKey(names.table), {
      wait: options.lockWait ?? 60,
      signal: options.signal,
      onWaiting: (waitedMs, holder) => options.onEvent?.({ type: 'waiting-for-lock', waitedMs, holder }),
    });
    await ensureStore(session, names, '2s');
    // Another runner may have been at work until this moment.
    const history = await readHistory(session, files, names);
    const applied: MigrateResult['applied'] = [];
    for (const { file } of upTo(toRun(history), files, options.to)) {
      options.signal?.throwIfAborted();
      const ms = await applyFile({ session, names, options, internals }, file);
      applied.push({ tag: file.tag, ms });
    }
    return { applied, alreadyApplied: history.entries.filter((entry) => entry.state === 'applied').length };
  } finally {
    await session.close();
  }
}

export function sessionOptions(options: MigrateOptions) {
  return {
    url: options.url,
    connectTimeout: options.connectTimeout,
    applicationName: options.applicationName ?? 'db migrate',
    signal: options.signal,
  };
}

async function readHistory(
  session: Session,
  files: MigrationFile[],
  names: StoreNames,
): Promise<History<MigrationFile>> {
  const { store } = await inspectTarget(session, names);
  const { rows, notes } = await readStore(session, store, names);
  const history = reconcile(files, rows, notes);
  refuseMismatch(history);
  return history;
}

function upTo(
  entries: HistoryEntry<MigrationFile>[],
  files: MigrationFile[],
  to: string | undefined,
): HistoryEntry<MigrationFile>[] {
  if (to === undefined) return entries;
  const last = files.findIndex((file) => file.tag === to);
  if (last === -1) {
    throw new DbError('unknown_tag', `There is no migration ${to}.`, { hint: 'pnpm db status lists them.' });
  }
  const wanted = new Set(files.slice(0, last + 1));
  return entries.filter((entry) => wanted.has(entry.file));
}
