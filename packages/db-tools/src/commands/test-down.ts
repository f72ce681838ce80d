import { count, indent, type Output, paint } from '../command-line/output.ts';
import type { Verb, VerbContext } from '../command-line/verb.ts';
import { findTarget } from '../connection/target.ts';
import { describeDifference, writeScript } from '../drift/describe.ts';
import { DbError, EXIT } from '../errors.ts';
import { status } from '../migrator/index.ts';
import { migratorOptions } from '../migrator-options.ts';
import type { DownResult } from '../revert/test-down.ts';

export const verb: Verb<{ all?: boolean }> = {
  examples: ['pnpm db test-down --all'],

  configure: (command) =>
    command.option('--all', 'every migration, not only those that the database has still to get').addHelpText(
      'after',
      `
Applies each migration to a scratch database, reverts it and applies it again: the schema has to be
what it was before, and then what it was after. The scratch database is made on the server of
TEST_DATABASE_URL, else on a throw-away one.`,
    ),

  async run(context) {
    const { options, output, signal } = context;
    const tags = options.all ? undefined : await findPending(context);
    const { testDown } = await import('../revert/test-down.ts');
    const migrations = await testDown({
      config: await context.config(),
      env: await context.environment(),
      ...(tags ? { tags } : {}),
      signal,
      onResult: (result) => report(result, output),
    });
    const failed = migrations.filter(({ outcome }) => outcome === 'failed');
    if (failed.length > 0) {
      throw new DbError(
        'down_failed',
        `${count(failed.length, 'migration')} cannot be reverted as they should: ${failed.map(({ tag }) => tag).join(', ')}.`,
        {
          exit: EXIT.check,
          hint: `Correct ${failed[0]!.tag}.down.sql, or where there is no way back, begin it with: -- db: irreversible reason=<why>`,
          details: { migrations },
        },
      );
    }
    const proved = migrations.filter(({ outcome }) => outcome === 'proved').length;
    output.say(
      migrations.length === 0
        ? 'Nothing is pending; --all tests every migration.'
        : `Proved ${count(proved, 'down file')}.`,
    );
    return { migrations };
  },
};

async function findPending(context: VerbContext): Promise<string[]> {
  const target = await findTarget(context);
  const config = await context.config();
  const { migrations } = await status(migratorOptions(config, target, 'test-down'));
  return migrations.filter(({ state }) => state === 'pending').map(({ tag }) => tag);
}

function report({ tag, outcome, reason, step, message, differences, sql }: DownResult, output: Output): void {
  const colour = { proved: 'green', irreversible: 'yellow', missing: 'yellow', failed: 'red' } as const;
  const why = reason ?? (step && `after ${step}${message ? `: ${message}` : ''}`) ?? '';
  const write = outcome === 'failed' ? output.finding : output.say;
  write(`  ${paint(colour[outcome], outcome.padEnd('irreversible'.length))}  ${`${tag}  ${why}`.trimEnd()}`);
  if (differences)
    write(differences.map((difference) => indent(describeDifference(difference, ['wanted', 'found']))).join('\n'));
  if (sql) write(`\n    What is left to do:\n\n${indent(indent(writeScript(sql)))}\n`);
}
