import type { Command } from 'commander';
import { seconds, wholeNumber } from '../command-line/flag-values.ts';
import { count } from '../command-line/output.ts';
import type { Verb, VerbContext } from '../command-line/verb.ts';
import { confirm } from '../connection/guard.ts';
import { findTarget, type Target } from '../connection/target.ts';
import { DbError, EXIT, usageError } from '../errors.ts';
import type { MigratorOptions, RepairOperation } from '../migrator/index.ts';
import { migratorOptions } from '../migrator-options.ts';

interface Options {
  accept?: string;
  restamp?: string;
  markApplied?: string;
  markPending?: string;
  forget?: number;
  dedupe?: boolean;
  allowOutOfOrder?: string;
  step?: string;
  as?: string;
  dryRun?: boolean;
  lockWait?: number;
}

export const verb: Verb<Options> = {
  examples: [
    'pnpm db repair',
    'pnpm db repair --accept 0007_add_note',
    'pnpm db repair --step 0008_add_index:2 --as retry',
  ],

  configure: (command) =>
    operationFlags(command)
      .option('--dry-run', 'show what would change, change nothing')
      .option('--lock-wait <seconds>', 'how long to wait for a runner (60)', seconds)
      .addHelpText(
        'after',
        `
It changes the record of what was applied, never your tables, and shows the change before it asks.
Without an operation it tells what does not match, with the command that settles each. The
walk-through is docs/guides/when-a-migration-fails.md.`,
      ),

  async run(context) {
    const operation = readOperation(context.options);
    const target = await findTarget(context);
    const options = migratorOptions(await context.config(), target, 'repair');
    if (!operation) return await showProblems(context, target, options);
    const { repair } = await import('../migrator/index.ts');
    const { lockWait, dryRun = false } = context.options;
    const planned = await repair({ ...options, dryRun: true }, operation);
    for (const change of planned.changes) context.output.say(`  ${change}`);
    if (dryRun || planned.changes.length === 0) {
      context.output.say(`Nothing was changed on ${target.name}.`);
      return { database: target.name, changes: planned.changes, changed: false };
    }
    await confirm(context, {
      verb: `repair ${flagsOf(operation)}`,
      does: `change the migration history of ${target.name}`,
      details: planned,
    });
    const { changes } = await repair({ ...options, lockWait }, operation);
    context.output.say(`Changed the migration history of ${target.name}. Next: pnpm db status`);
    return { database: target.name, changes, changed: changes.length > 0 };
  },
};

function operationFlags(command: Command): Command {
  return command
    .option('--accept <tag>', 'modified: the edit of the applied file is fine, take its new hash')
    .option('--restamp <tag>', "restamped: take the journal's time stamp")
    .option('--allow-out-of-order <tag>', 'out-of-order: it may run although a newer one has')
    .option('--forget <row>', 'missing-file: the file of this row is gone for good, delete the row', wholeNumber)
    .option('--dedupe', 'of rows that are in the history twice, keep the first')
    .option('--mark-applied <tag>', 'it was applied by other means: record it without running it')
    .option('--mark-pending <tag>', 'it was undone by other means: let it run again')
    .option('--step <tag:number>', 'partial: a statement of which only you can tell whether it took effect; needs --as')
    .option('--as <done|retry>', 'with --step: it took effect, or it has to run again');
}

/** The one operation that the flags name; undefined without any. Throws a DbError `usage`. */
function readOperation(options: Options): RepairOperation | undefined {
  const { accept, restamp, markApplied, markPending, forget, dedupe, allowOutOfOrder, step, as } = options;
  const given: RepairOperation[] = [];
  if (accept !== undefined) given.push({ kind: 'accept', tag: accept });
  if (restamp !== undefined) given.push({ kind: 'restamp', tag: restamp });
  if (markApplied !== undefined) given.push({ kind: 'mark-applied', tag: markApplied });
  if (markPending !== undefined) given.push({ kind: 'mark-pending', tag: markPending });
  if (forget !== undefined) given.push({ kind: 'forget', row: forget });
  if (dedupe) given.push({ kind: 'dedupe' });
  if (allowOutOfOrder !== undefined) given.push({ kind: 'allow-out-of-order', tag: allowOutOfOrder });
  if (step !== undefined) given.push(readStep(step, as));
  else if (as !== undefined)
    throw usageError('--as goes with --step.', `pnpm db repair --step <tag>:<number> --as ${as}`);
  if (given.length > 1) {
    throw usageError(
      'db repair does one operation at a time.',
      given.map((each) => `pnpm db repair ${flagsOf(each)}`).join('; '),
    );
  }
  return given[0];
}

function readStep(step: string, as: string | undefined): RepairOperation {
  const [, tag, number] = step.match(/^(.+):(\d+)$/) ?? [];
  const example = 'pnpm db repair --step 0007_add_index:2 --as retry';
  if (tag === undefined) throw usageError(`--step takes <tag>:<number of the statement>, not "${step}".`, example);
  if (as !== 'done' && as !== 'retry') {
    throw usageError(
      as === undefined ? '--step needs --as done or --as retry.' : `--as takes done or retry, not "${as}".`,
      `pnpm db repair --step ${step} --as retry`,
    );
  }
  return { kind: 'step', tag, statement: Number(number), as };
}

/** The flags that say the operation. */
function flagsOf(operation: RepairOperation): string {
  switch (operation.kind) {
    case 'dedupe':
      return '--dedupe';
    case 'forget':
      return `--forget ${operation.row}`;
    case 'step':
      return `--step ${operation.tag}:${operation.statement} --as ${operation.as}`;
    case 'baseline':
      return '';
    default:
      return `--${operation.kind} ${operation.tag}`;
  }
}

async function showProblems(
  context: VerbContext,
  target: Target,
  options: MigratorOptions,
): Promise<Record<string, unknown>> {
  const { status } = await import('../migrator/index.ts');
  const { problems } = await status(options);
  if (problems.length === 0) {
    context.output.say(`The migration history of ${target.name} matches the files; there is nothing to repair.`);
    return { database: target.name, changes: [], changed: false };
  }
  // The hint of a single one is that of the error.
  for (const { message, hint } of problems) {
    context.output.warn(problems.length === 1 ? message : `${message}\n        ${hint}`);
  }
  throw new DbError(
    'decision_missing',
    `The migration history of ${target.name} has ${count(problems.length, 'problem')}, and which operation settles it was not said.`,
    { exit: EXIT.decision, hint: problems[0]!.hint, details: { problems } },
  );
}
