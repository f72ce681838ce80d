import { seconds, secondsOfLimit } from '../command-line/flag-values.ts';
import { createMigrateProgress } from '../command-line/migrate-progress.ts';
import { count, indent } from '../command-line/output.ts';
import type { Verb } from '../command-line/verb.ts';
import { guardDestruction, TARGET_FLAG } from '../connection/guard.ts';
import { findTarget, withConnection } from '../connection/target.ts';
import { usageError } from '../errors.ts';
import type { PlannedRevert } from '../migrator/index.ts';
import { migratorOptions } from '../migrator-options.ts';
import { setUpAccess } from '../set-up-access.ts';

interface Options {
  to?: string;
  dryRun?: boolean;
  lockWait?: number;
  lockTimeout?: number;
  target?: string;
}

export const verb: Verb<Options> = {
  examples: ['pnpm db revert --dry-run', 'pnpm db revert 2'],

  configure: (command) =>
    command
      .argument('[n]', 'how many migrations, the last applied first (1)')
      .option('--to <tag>', 'everything that was applied after this one')
      .option('--dry-run', 'print the statements, change nothing')
      .option('--lock-wait <seconds>', 'how long to wait for another run (60)', seconds)
      .option('--lock-timeout <seconds>', 'how long a statement may wait for a lock (2)', secondsOfLimit)
      .option(...TARGET_FLAG)
      .addHelpText(
        'after',
        `
Runs <tag>.down.sql, newest first, each in one transaction with the removal of its record. A missing
down file, or one that begins with "-- db: irreversible reason=…", stops it before anything happens.`,
      ),

  async run(context) {
    const { options, args, output } = context;
    const target = await findTarget(context);
    const config = await context.config();
    const { planRevert, revert } = await import('../migrator/index.ts');
    const which = chosen(args[0], options.to);
    const migrator = { ...migratorOptions(config, target, 'revert'), signal: context.signal };
    const planned = await planRevert({ ...migrator, ...which });
    const tags = planned.map(({ tag }) => tag);
    if (planned.length === 0) {
      output.say(`There is nothing to revert on ${target.name}.`);
      return { database: target.name, reverted: [] };
    }
    if (options.dryRun) {
      output.say(
        `${count(tags.length, 'migration')} would be reverted on ${target.name}:\n${planned.map(describe).join('\n')}`,
      );
      return { database: target.name, reverted: [], planned };
    }
    await guardDestruction(context, target, {
      verb: ['revert', ...args, ...(options.to === undefined ? [] : ['--to', options.to])].join(' '),
      does: `undo ${tags.join(', ')} on ${target.name}, with the data that only they have a place for`,
    });
    const { url, afterApply } = await withConnection(target, (sql) => setUpAccess(context, target, sql));
    const progress = createMigrateProgress(context);
    const { reverted, applied } = await revert({
      ...migrator,
      ...which,
      url,
      afterApply,
      expected: tags,
      lockWait: options.lockWait,
      lockTimeout: options.lockTimeout,
      onEvent: progress.onEvent,
    }).finally(() => progress.end());
    output.say(
      `Reverted ${count(reverted.length, 'migration')} on ${target.name}; ${count(applied, 'migration')} applied.`,
    );
    return { database: target.name, reverted, applied };
  },
};

function chosen(n: string | undefined, to: string | undefined): { count?: number; to?: string } {
  if (n !== undefined && to !== undefined) {
    throw usageError('A number of migrations and --to say two different things.', 'pnpm db revert --to <tag>');
  }
  if (n !== undefined && !/^[1-9]\d{0,4}$/.test(n)) {
    throw usageError(`${n} is not a number of migrations.`, 'pnpm db revert 2');
  }
  return n === undefined ? { to } : { count: Number(n) };
}

function describe({ tag, statements }: PlannedRevert): string {
  return `  ${tag}\n${statements.map((statement) => indent(indent(`${statement};`))).join('\n')}`;
}
