import { codesOf } from '../connection/connect.ts';
import { DbError, EXIT } from '../errors.ts';
import { describeHistory, findProblems, type HistoryRow, reconcile, toRun } from './history.ts';
import { historyReads } from './history-reads.ts';
import { type JournalEntry, readJournal, readMigration, readMigrations } from './read-files.ts';
import { openSession } from './session.ts';
import { readStore, storeNames, toHistoryRow } from './store.ts';
import { inspectTarget } from './target-check.ts';
import { told } from './told.ts';
import type { MigrationsTable, MigratorOptions, SqlClient, StatusResult } from './types.ts';

/** Where every migration stands. Reads only; works on a replica and through a pooler. Throws when it cannot connect. */
export function status(options: MigratorOptions): Promise<StatusResult> {
  return told(options, () => readStatus(options));
}

async function readStatus(options: MigratorOptions): Promise<StatusResult> {
  const files = readMigrations(options.directory);
  const names = storeNames(options.table);
  const session = await openSession({
    url: options.url,
    connectTimeout: options.connectTimeout,
    applicationName: options.applicationName ?? 'db status',
  });
  try {
    const reads = historyReads(session, names);
    const { store } = await inspectTarget(session.quick(), names);
    const { rows, notes } = await readStore(reads, store, names);
    const history = reconcile(files, rows, notes);
    const problems = findProblems(history);
    return {
      migrations: describeHistory(history),
      pending: toRun(history).length,
      ok: problems.length === 0,
      problems,
    };
  } finally {
    await session.close();
  }
}

/**
 * Resolves when every migration of the folder is recorded as applied, and none is half reverted; a database that is
 * ahead of the folder is fine. Two queries, no change, hardly a file but the journal. Throws exit 3
 * (`migrations_pending`) otherwise, also when the table is missing.
 */
export async function assertMigrated(client: SqlClient, directory: string, table?: MigrationsTable): Promise<void> {
  const { pending } = await compareWithFolder(client, directory, table);
  if (pending.length === 0) return;
  const rest = pending.length > 1 ? ` and ${pending.length - 1} more` : '';
  throw new DbError('migrations_pending', `The database lacks the migration ${pending[0]}${rest}.`, {
    exit: EXIT.check,
    hint: 'pnpm db migrate',
    details: { pending },
  });
}

/**
 * By name, what the database lacks of the folder's migrations, if only in part, and what it has beyond them, from a
 * later build. Reads the journal and the history, and changes nothing. Throws exit 3 (`history_unreadable`) for a role
 * that may not read it.
 */
export async function compareWithFolder(
  client: SqlClient,
  directory: string,
  table?: MigrationsTable,
): Promise<{ pending: string[]; ahead: string[] }> {
  const journal = readJournal(directory);
  const names = storeNames(table);
  const rows = await readRows(client, names.history);
  const stamps = new Set(rows.map((row) => row.createdAt));
  const interrupted = rows.length === 0 ? new Set() : await readInterrupted(client, names.steps);
  const twins = findPendingTwins(directory, journal, rows);
  const pending = journal
    .map(({ tag, when }) => ({ tag, isThere: stamps.has(when) && !twins.has(tag) && !interrupted.has(`${tag}.down`) }))
    .flatMap(({ tag, isThere }) => (isThere ? [] : [tag]));
  for (const { when } of journal) stamps.delete(when);
  const beyond = [...stamps].map(Number);
  return { pending, ahead: beyond.length === 0 ? [] : await readTags(client, names.files, beyond) };
}

/** Where files share a stamp, only their hashes tell which of them is applied. */
function findPendingTwins(directory: string, journal: JournalEntry[], rows: HistoryRow[]): Set<string> {
  const twins = [...Map.groupBy(journal, ({ when }) => when).values()].filter(({ length }) => length > 1).flat();
  if (twins.length === 0) return new Set();
  const files = twins.map((entry) => readMigration(directory, entry));
  const { entries } = reconcile(
    files,
    rows.filter(({ createdAt }) => files.some(({ when }) => when === createdAt)),
  );
  return new Set(entries.flatMap(({ file, row }) => (row ? [] : [file.tag])));
}

/**
 * The scripts that did not come to their end. No table of them, or none that this role may read, is no reason not to
 * start.
 */
async function readInterrupted(client: SqlClient, table: string): Promise<Set<unknown>> {
  try {
    const rows = await ask(client, `select distinct tag from ${table}`);
    return new Set(rows.map(({ tag }) => tag));
  } catch (error) {
    if (codesOf(error).some((code) => code === '42P01' || code === '42501')) return new Set();
    throw error;
  }
}

/** Whatever is not known by name, as another tool's, goes by its time. */
async function readTags(client: SqlClient, table: string, stamps: number[]): Promise<string[]> {
  const query = `select created_at, tag from ${table} where created_at in (${stamps.join(', ')})`;
  const rows = await ask(client, query).catch(() => []);
  const tags = new Map(rows.map((row) => [Number(row.created_at), String(row.tag)]));
  return stamps.map((stamp) => tags.get(stamp) ?? new Date(stamp).toISOString()).sort();
}

const ANSWER_WITHIN_MS = 5000;

/** The client is not ours, and may have no limit of its own. */
async function ask(client: SqlClient, query: string): Promise<readonly Record<string, unknown>[]> {
  const asked: PromiseLike<readonly Record<string, unknown>[]> & { cancel?: () => void } = client.unsafe(query);
  const silence = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    // postgres.js can take it back; the others end it by their own limit.
    asked.cancel?.();
    silence.reject(
      new DbError(
        'history_unanswered',
        `The database did not tell within ${ANSWER_WITHIN_MS / 1000} s which migrations it has.`,
        { exit: EXIT.wrongTarget, hint: 'See who has it locked: pnpm db status' },
      ),
    );
  }, ANSWER_WITHIN_MS);
  return await Promise.race([asked, silence.promise]).finally(() => clearTimeout(timer));
}

async function readRows(client: SqlClient, table: string): Promise<HistoryRow[]> {
  try {
    const rows = await ask(client, `select id, hash, created_at from ${table}`);
    return rows.map((row) => toHistoryRow(row));
  } catch (error) {
    const codes = codesOf(error);
    if (codes.includes('42P01')) return [];
    if (!codes.includes('42501')) throw error;
    throw new DbError(
      'history_unreadable',
      `This role may not read ${table}, so the state of the migrations is unknown to it.`,
      {
        exit: EXIT.check,
        hint: `grant usage on schema ${table.slice(0, table.lastIndexOf('.'))} to …; grant select on ${table} to …;`,
        cause: error,
      },
    );
  }
}
