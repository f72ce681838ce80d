import { DbError, EXIT } from '../errors.ts';
import { type History, type HistoryEntry, type HistoryRow, reconcile } from './history.ts';
import { historyReads } from './history-reads.ts';
import { quoteLiteral } from './quote.ts';
import { type MigrationFile, readMigrations } from './read-files.ts';
import { closeRunner, lockRun, openRunner, type Runner } from './runner.ts';
import {
  allowOutOfOrder,
  ensureStore,
  insertFileNote,
  insertHistoryRow,
  type RecordedStep,
  readStore,
  removeSteps,
  type StoreNames,
} from './store.ts';
import { inspectTarget } from './target-check.ts';
import { told } from './told.ts';
import type { RepairOperation, RepairOptions, RepairResult } from './types.ts';

/** What an operation will do: the sentence and the SQL. */
interface Change {
  sentence: string;
  sql: string;
}

interface State {
  history: History<MigrationFile>;
  steps: RecordedStep[];
  names: StoreNames;
}

/**
 * Carries out a human decision about the history, under the migration lock and in one transaction.
 * Throws exit 3 (`repair_not_applicable`) when the migration is not in the state that the operation is for.
 */
export function repair(options: RepairOptions, operation: RepairOperation): Promise<RepairResult> {
  return told(options, () => carryOut(options, operation));
}

async function carryOut(options: RepairOptions, operation: RepairOperation): Promise<RepairResult> {
  const files = readMigrations(options.directory);
  const runner = await openRunner({ applicationName: 'db repair', ...options }, {});
  try {
    if (!options.dryRun) {
      await lockRun(runner);
      // Without the unique index: what is to be repaired may be the duplicates that stand against it.
      await ensureStore(runner.session, runner.names, { index: false });
    }
    const changes = planRepair(await readState(runner, files), operation);
    if (!options.dryRun && changes.length > 0)
      await runner.session.run(`begin; ${changes.map(({ sql }) => sql).join('; ')}; commit`);
    return { changes: changes.map(({ sentence }) => sentence) };
  } finally {
    await closeRunner(runner);
  }
}

async function readState({ session, names }: Runner, files: MigrationFile[]): Promise<State> {
  const { store } = await inspectTarget(session.quick(), names);
  const { rows, notes, steps } = await readStore(historyReads(session, names), store, names);
  return { history: reconcile(files, rows, notes), steps, names };
}

/** Pure. */
function planRepair(state: State, operation: RepairOperation): Change[] {
  const { names, history } = state;
  switch (operation.kind) {
    case 'accept': {
      const { file, row } = find(history, operation.tag, ['modified']);
      return [
        change(
          `Row ${row!.id} gets the hash of ${file.tag}.sql as it is now (${file.hash.slice(0, 12)}…).`,
          rewriteRow(names, file, row!),
        ),
      ];
    }
    case 'restamp': {
      const { file, row } = find(history, operation.tag, ['restamped']);
      return [
        change(
          `Row ${row!.id} gets the journal's time stamp of ${file.tag} (${new Date(file.when).toISOString()}).`,
          rewriteRow(names, file, row!),
        ),
      ];
    }
    case 'mark-applied':
      return [markApplied(names, find(history, operation.tag, ['pending', 'out-of-order', 'partial']))];
    case 'baseline':
      return operation.tags.map((tag) => markApplied(names, find(history, tag, ['pending', 'out-of-order'])));
    case 'mark-pending':
      return [markPending(state, operation.tag)];
    case 'forget': {
      const stray = history.strays.find(({ row }) => row.id === operation.row);
      if (!stray) throw notApplicable(`Row ${operation.row} of the history is not one without a file.`);
      const { row } = stray;
      const isFile = history.entries.some(({ file }) => file.tag === row.tag);
      const steps = row.tag === undefined || isFile ? [] : [removeSteps(names, row.tag)];
      const sql = [deleteRow(names, row), ...steps].join('; ');
      return [change(`Row ${row.id} (${row.tag ?? row.hash.slice(0, 12)}) is deleted.`, sql)];
    }
    case 'dedupe':
      return history.strays
        .filter(({ reason }) => reason === 'duplicate')
        .map(({ row }) =>
          change(`Row ${row.id}, a duplicate, is deleted.`, `delete from ${names.history} where id = ${row.id}`),
        );
    case 'allow-out-of-order': {
      const { file } = find(history, operation.tag, ['out-of-order']);
      return [change(`${file.tag} may run although a newer migration has.`, allowOutOfOrder(names, file))];
    }
    case 'step':
      return [settleStep(state, operation)];
  }
}

function markApplied(names: StoreNames, { file, row }: HistoryEntry<MigrationFile>): Change {
  if (row) return change(`${file.tag} counts as applied; its down file has not begun.`, removeSteps(names, file.tag));
  return change(
    `${file.tag} gets a row in the history without being run.`,
    `${insertHistoryRow(names, file)}; ${insertFileNote(names, file, undefined)}; ${removeSteps(names, file.tag)}`,
  );
}

function markPending({ history, names }: State, tag: string): Change {
  const forget = removeSteps(names, tag);
  if (history.orphans.includes(tag))
    return change(`What is recorded of ${tag}, which has no file, is deleted.`, forget);
  const { row } = find(history, tag, ['applied', 'modified', 'restamped', 'partial']);
  return row
    ? change(`Row ${row.id} of ${tag} is deleted; the file will run again.`, `${deleteRow(names, row)}; ${forget}`)
    : change(`What is recorded of ${tag} is deleted; the file will run from its beginning.`, forget);
}

function settleStep(
  { steps, names }: State,
  { tag, statement, as }: Extract<RepairOperation, { kind: 'step' }>,
): Change {
  const step = steps.find((candidate) => candidate.tag === tag && candidate.seq === statement);
  if (step?.state !== 'running')
    throw notApplicable(`Statement ${statement} of ${tag} is not one whose outcome is unknown.`);
  const where = `where tag = ${quoteLiteral(tag)} and seq = ${statement}`;
  return as === 'done'
    ? change(
        `Statement ${statement} of ${tag} counts as done.`,
        `update ${names.steps} set state = 'done', finished_at = now() ${where}`,
      )
    : change(`Statement ${statement} of ${tag} will run again.`, `delete from ${names.steps} ${where}`);
}

/** Row and note move together; an older note under the new key is a mere permission to run. */
function rewriteRow({ history, files }: StoreNames, { when, hash }: MigrationFile, row: HistoryRow): string {
  const is = (stamp: number | null, sum: string) => `created_at = ${stamp} and hash = ${quoteLiteral(sum)}`;
  return [
    `delete from ${files} where ${is(when, hash)} and not (${is(row.createdAt, row.hash)})`,
    `update ${files} set created_at = ${when}, hash = ${quoteLiteral(hash)} where ${is(row.createdAt, row.hash)}`,
    `update ${history} set created_at = ${when}, hash = ${quoteLiteral(hash)} where id = ${row.id}`,
  ].join('; ');
}

function deleteRow({ history, files }: StoreNames, row: HistoryRow): string {
  return `delete from ${history} where id = ${row.id}; delete from ${files} where created_at = ${row.createdAt} and hash = ${quoteLiteral(row.hash)}`;
}

function find(
  history: History<MigrationFile>,
  tag: string,
  states: HistoryEntry['state'][],
): HistoryEntry<MigrationFile> {
  const entry = history.entries.find(({ file }) => file.tag === tag);
  if (!entry) throw notApplicable(`There is no migration ${tag}.`);
  if (!states.includes(entry.state))
    throw notApplicable(`${tag} is ${entry.state}; this is for one that is ${states.join(' or ')}.`);
  return entry;
}

function change(sentence: string, sql: string): Change {
  return { sentence, sql };
}

function notApplicable(message: string): DbError {
  return new DbError('repair_not_applicable', message, {
    exit: EXIT.check,
    hint: 'See where everything stands: pnpm db status',
  });
}
