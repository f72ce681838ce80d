import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DbError, EXIT } from '../errors.ts';
import { runAfterApply } from './after-apply.ts';
import { NOT_WRITTEN, readDirectives } from './directives.ts';
import type { History, HistoryEntry, HistoryRow } from './history.ts';
import { quoteLiteral } from './quote.ts';
import { type MigrationFile, readMigrations, readSql } from './read-files.ts';
import { runScript } from './run-script.ts';
import { closeRunner, type Internals, lockRun, openRunner, type Runner, refuseAborted } from './runner.ts';
import { readScript, type Script } from './segments.ts';
import { type Reading, readState } from './state.ts';
import { stopOnAbort } from './stop-on-abort.ts';
import { ensureStore, removeSteps, type StoreNames } from './store.ts';
import { told } from './told.ts';
import type { MigratorOptions, PlannedRevert, RevertOptions, RevertResult } from './types.ts';

/** What `revert` does; the internals are for tests. */
export function revertWith(options: RevertOptions, internals: Internals = {}): Promise<RevertResult> {
  return withRunner(options, internals, async (runner, files) => {
    await lockRun(runner);
    await ensureStore(runner.session, runner.names);
    // Another runner may have been at work until this moment.
    const { history, steps } = await readState(runner, files, READING);
    const scripts = readDownScripts(runner, choose(history, options));
    refuseUnexpected(scripts, options.expected);
    const reverted: RevertResult['reverted'] = [];
    for (const { tag, script } of scripts) {
      refuseAborted(runner);
      const isDone = ({ entries }: History<MigrationFile>) => !entries.some(({ file, row }) => file.tag === tag && row);
      reverted.push({ tag, ms: await runScript(runner, { script, steps, files, isDone }) });
    }
    // Not `migrate`, which would apply them again.
    await runAfterApply(runner, { what: 'The files are reverted', again: 'pnpm db roles' });
    return { reverted, applied: history.entries.filter(({ row }) => row).length - reverted.length };
  });
}

/** What `planRevert` does. */
export function plan(options: MigratorOptions & Pick<RevertOptions, 'count' | 'to'>): Promise<PlannedRevert[]> {
  return withRunner(options, {}, async (runner, files) => {
    const { history, steps } = await readState(runner, files, READING);
    return readDownScripts(runner, choose(history, options)).map(({ tag, script }) => ({
      tag,
      statements: script.statements.flatMap(({ number, text }) =>
        steps.some((step) => step.tag === script.file.tag && step.seq === number && step.state === 'done')
          ? []
          : [text],
      ),
    }));
  });
}

const READING: Reading = { details: true, allow: 'half-reverted' };

function withRunner<Result>(
  options: RevertOptions,
  internals: Internals,
  work: (runner: Runner, files: MigrationFile[]) => Promise<Result>,
): Promise<Result> {
  const files = readMigrations(options.directory);
  return told(options, async () => {
    const runner = await openRunner({ applicationName: 'db revert', ...options }, internals);
    try {
      return await stopOnAbort(runner, () => work(runner, files));
    } finally {
      await closeRunner(runner);
    }
  });
}

type Applied = HistoryEntry<MigrationFile> & { row: HistoryRow };

/** What an interrupted revert has begun comes first, then what was applied last. */
function choose({ entries }: History<MigrationFile>, { count = 1, to }: RevertOptions): Applied[] {
  const partial = entries.find(({ direction }) => direction === 'up');
  if (partial) {
    throw new DbError(
      'migration_partial',
      `${partial.file.tag} is applied in part, so there is no state to go back from.`,
      {
        exit: EXIT.check,
        hint: `Finish it first: pnpm db migrate; or undo by hand what it did, then: pnpm db repair --mark-pending ${partial.file.tag}`,
      },
    );
  }
  const newest = newestFirst(entries.filter((entry): entry is Applied => entry.row !== undefined));
  const applied = [...newest.filter(isBegun), ...newest.filter((entry) => !isBegun(entry))];
  if (to === undefined) return applied.slice(0, count);
  const end = applied.findIndex((entry) => entry.file.tag === to && !isBegun(entry));
  if (end === -1) {
    throw new DbError('not_applied', `${to} is no migration that is applied.`, {
      hint: 'See which are: pnpm db status',
    });
  }
  return applied.slice(0, end);
}

function isBegun({ direction }: Applied): boolean {
  return direction === 'down';
}

/**
 * What was applied last comes first. Its id does not tell: a sequence may have been restarted. What another tool
 * applied has no time of ours, but drizzle applies nothing below the newest stamp, so it was there before whatever has
 * a greater one.
 */
function newestFirst(applied: Applied[]): Applied[] {
  const timeOf = ({ row }: Applied) =>
    row.appliedAt ??
    applied
      .flatMap((other) => (other.row.createdAt! > row.createdAt! ? (other.row.appliedAt ?? []) : []))
      .toSorted()[0] ??
    '9999';
  return applied
    .map((entry) => ({ entry, time: timeOf(entry) }))
    .sort(
      (a, b) =>
        (a.time === b.time ? 0 : a.time < b.time ? 1 : -1) ||
        b.entry.row.createdAt! - a.entry.row.createdAt! ||
        b.entry.row.id - a.entry.row.id,
    )
    .map(({ entry }) => entry);
}

/** Every down file is read before the first one runs. */
function readDownScripts(runner: Runner, chosen: Applied[]): { tag: string; script: Script }[] {
  const downs = chosen.map((entry) => ({
    ...entry,
    path: join(runner.options.directory, `${entry.file.tag}.down.sql`),
  }));
  const obstacles = downs.flatMap(({ file, path }) => findObstacle(file.tag, path));
  const [first] = obstacles;
  if (first) {
    throw new DbError(first.code, `${first.message} Nothing was reverted.`, {
      exit: EXIT.check,
      hint: first.hint,
      details: { obstacles: obstacles.map(({ tag, code, reason }) => ({ tag, code, ...(reason ? { reason } : {}) })) },
    });
  }
  return downs.map(({ file, row, path }) => {
    const sql = readSql(path);
    const script = readScript({ ...file, tag: `${file.tag}.down`, sql: () => sql });
    return { tag: file.tag, script: { ...script, removesRecord: removeRecord(runner.names, file.tag, row) } };
  });
}

interface Obstacle {
  tag: string;
  code: 'down_missing' | 'irreversible';
  reason?: string;
  message: string;
  hint: string;
}

function findObstacle(tag: string, path: string): Obstacle[] {
  if (!existsSync(path)) {
    return [
      {
        tag,
        code: 'down_missing',
        message: `${tag} has no down file.`,
        hint: `Write ${path}, with what undoes ${tag}.sql`,
      },
    ];
  }
  const { irreversible, reason } = readDirectives(readSql(path), `${tag}.down`);
  if (!irreversible) return [];
  return [
    {
      tag,
      code: 'irreversible',
      reason,
      message: `${tag} cannot be reverted: ${reason ?? 'its down file says so, without a reason'}.`,
      hint:
        reason === NOT_WRITTEN
          ? `Write ${path} and delete its first line, then: pnpm db revert`
          : 'Write a new migration that leads to where you want to be, or restore a backup: pnpm db restore',
    },
  ];
}

function refuseUnexpected(scripts: { tag: string }[], expected: string[] | undefined): void {
  const tags = scripts.map(({ tag }) => tag);
  if (expected === undefined || expected.join() === tags.join()) return;
  throw new DbError(
    'history_changed',
    `Meanwhile another run changed the history: it would be ${tags.join(', ') || 'nothing'} now.`,
    {
      exit: EXIT.decision,
      hint: 'Look, and decide again: pnpm db revert --dry-run',
    },
  );
}

/** A file that was let in although a newer one had run may come in again. */
function removeRecord(names: StoreNames, tag: string, { id, createdAt, hash }: HistoryRow): string {
  const { history, files } = names;
  const note = `created_at = ${createdAt} and hash = ${quoteLiteral(hash)}`;
  return [
    `delete from ${history} where id = ${id}`,
    `delete from ${files} where ${note} and not out_of_order`,
    `update ${files} set applied_at = null, ms = null, applied_by = null where ${note}`,
    removeSteps(names, tag),
  ].join('; ');
}
