import { bytes } from '../backup/progress.ts';
import { count, paint } from '../command-line/output.ts';
import type { Verb } from '../command-line/verb.ts';
import { findTarget } from '../connection/target.ts';
import type { PlannedEffect, PlannedMigration, PlannedStatement } from '../migrator/index.ts';
import { migratorOptions } from '../migrator-options.ts';

export const verb: Verb<{ to?: string }> = {
  examples: ['pnpm db plan --to 0007_add_note'],

  configure: (command) =>
    command.option('--to <tag>', 'the last migration to look at').addHelpText(
      'after',
      `
For each statement: the transaction that it runs in, the lock that it takes on which table, how
large that table is, and what there is to fear. It reads catalogs only. What is dangerous, and what
to write instead, tells db lint.`,
    ),

  async run(context) {
    const target = await findTarget(context);
    const config = await context.config();
    const { plan } = await import('../migrator/index.ts');
    const { migrations, pending } = await plan({ ...migratorOptions(config, target, 'plan'), to: context.options.to });
    for (const migration of migrations) context.output.say(`${describe(migration)}\n`);
    context.output.say(
      pending === 0
        ? `Nothing is pending on ${target.name}.`
        : `${count(pending, 'migration')} would be applied to ${target.name}: pnpm db migrate`,
    );
    return { database: target.name, pending, migrations };
  },
};

function describe({ tag, mode, statements }: PlannedMigration): string {
  const transactions = new Set(statements.map(({ transaction }) => transaction));
  const how =
    mode === 'transaction' && transactions.size <= 1
      ? 'one transaction, with its row in the history'
      : 'in steps, each committed when it is done';
  return [
    `${paint('bold', tag)}  ${count(statements.length, 'statement')}, ${how}`,
    ...statements.flatMap((statement) => describeStatement(statement, mode)),
  ].join('\n');
}

function describeStatement(statement: PlannedStatement, mode: PlannedMigration['mode']): string[] {
  const { number, sql, transaction, done, effects } = statement;
  const where =
    transaction === null ? 'outside of a transaction' : mode === 'steps' ? `transaction ${transaction}` : '';
  const notes = [where, done ? 'committed already' : ''].filter(Boolean).join(', ');
  return [
    `  ${String(number).padStart(2)}  ${firstLine(sql)}${notes ? paint('dim', `  -- ${notes}`) : ''}`,
    ...effects.map((effect) => `      ${describeEffect(effect)}`),
  ];
}

/** The statement in one line of a terminal. */
function firstLine(sql: string): string {
  const line = sql.replace(/\s+/g, ' ').trim();
  return line.length > 100 ? `${line.slice(0, 99)}…` : line;
}

function describeEffect({ table, lock, isNew, rows, bytes: size, hazards }: PlannedEffect): string {
  const how = isNew ? 'new' : size === undefined ? 'not there yet' : `${bytes(size)}, about ${count(rows ?? 0, 'row')}`;
  const fears = hazards.map((hazard) => HAZARDS[hazard]);
  return `${table} (${how}): ${lock}${fears.length > 0 ? `; ${paint('yellow', fears.join(', '))}` : ''}`;
}

const HAZARDS: Record<PlannedEffect['hazards'][number], string> = {
  'blocks-reads': 'reads wait',
  'blocks-writes': 'writes wait',
  'deletes-data': 'deletes data',
  'rewrites-table': 'rewrites every row',
  'scans-table': 'reads every row',
  'builds-index': 'builds an index',
  'fails-on-rows': 'fails if there are rows',
  renames: 'breaks code that uses the old name',
  'changes-rows': 'changes rows',
};
