import { count, type Output, paint, table } from '../command-line/output.ts';
import type { Verb } from '../command-line/verb.ts';
import { findTarget, type Target } from '../connection/target.ts';
import { DbError, EXIT } from '../errors.ts';
import type { MigrationStatus, StatusResult } from '../migrator/index.ts';
import { migratorOptions } from '../migrator-options.ts';

export const verb: Verb<{ exitCode?: boolean }> = {
  examples: ['pnpm db status --exit-code'],

  configure: (command) => command.option('--exit-code', 'exit 3 unless every migration is applied'),

  async run(context) {
    const target = await findTarget(context);
    const config = await context.config();
    const { status } = await import('../migrator/index.ts');
    const result = await status(migratorOptions(config, target, 'status'));
    report(result, target, context.output);
    const { migrations, pending, problems } = result;
    const data = { migrations, pending, ...(problems.length > 0 ? { problems } : {}) };
    if (context.options.exitCode && !(result.ok && migrations.every(({ state }) => state === 'applied'))) {
      throw new DbError('not_all_applied', `Not every migration is applied to ${target.name}.`, {
        exit: EXIT.check,
        hint: result.ok ? 'pnpm db migrate' : problems[0]?.hint,
        details: data,
      });
    }
    return data;
  },
};

function report({ migrations, pending, problems }: StatusResult, target: Target, output: Output): void {
  if (migrations.length > 0) output.say(table(migrations.map(toRow)));
  for (const { message, hint } of problems) output.warn(`${message}\n        ${hint}`);
  const state = pending === 0 ? 'nothing is pending' : `${pending} pending: pnpm db migrate`;
  output.say(`${target.name}: ${count(migrations.length, 'migration')}, ${state}.`);
}

function toRow({ tag, state, direction, appliedAt, ms }: MigrationStatus): string[] {
  // Padded before it is coloured: the escape sequences have a length but no width.
  const padded = (direction === 'down' ? 'partial down' : state).padEnd('out-of-order'.length);
  const colour = state === 'applied' ? 'green' : state === 'pending' ? 'yellow' : 'red';
  const when = appliedAt?.replace('T', ' ').replace(/\.\d+Z$/, 'Z') ?? '';
  return [paint(colour, padded), tag, when, ms === undefined ? '' : `${ms} ms`];
}
