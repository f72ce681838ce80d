import { count, indent } from '../command-line/output.ts';
import { decide, decisionFlags, readDecisions } from '../command-line/questions.ts';
import type { Verb, VerbContext } from '../command-line/verb.ts';
import { connectionError } from '../connection/connect.ts';
import { requireLocal } from '../connection/guard.ts';
import { findTarget, withConnection } from '../connection/target.ts';
import { DbError, EXIT } from '../errors.ts';
import type { Decisions } from '../generate/decisions.ts';
import { readMigrationFolder } from '../generate/migration-folder.ts';
import { readSchema } from '../generate/read-schema.ts';
import { type PushPlan, planPush } from '../push/plan-push.ts';
import { setUpAccess } from '../set-up-access.ts';

interface Options extends Partial<Decisions> {
  acceptDataLoss?: boolean;
}

export const verb: Verb<Options> = {
  examples: ['pnpm db push'],

  configure: (command) =>
    decisionFlags(command).option('--accept-data-loss', 'go on although rows or columns with data are dropped'),

  async run(context) {
    const { options, output } = context;
    const config = await context.config();
    const target = await findTarget(context);
    await requireLocal(target, await context.environment(), 'push');
    const exports = await readSchema(config.schema);
    const schemas = Object.keys(readMigrationFolder(config.migrations).last.schemas);

    const { url, afterApply } = await withConnection(target, (sql) => setUpAccess(context, target, sql));
    return await withConnection({ ...target, url }, async (sql) => {
      const decisions = readDecisions(options);
      const plan = await decide(context, 'push', decisions, () => planPush(sql, { exports, schemas, decisions }));
      if (plan.statements.length === 0) {
        output.say(`${target.name} is what the schema says.`);
        return { database: target.name, statements: [] };
      }
      output.say(plan.statements.map(indent).join('\n'));
      await acceptLosses(context, plan);
      let current = '';
      await sql
        .begin(async (tx) => {
          for (current of plan.statements) await tx.unsafe(current);
          await afterApply?.apply(tx);
        })
        .catch((error) => {
          throw pushFailed(error, current, target.connection);
        });
      output.say(`Pushed ${count(plan.statements.length, 'statement')} to ${target.name}.`);
      output.say('It no longer follows the migrations; pnpm db reset brings it back to them.');
      return { database: target.name, statements: plan.statements };
    });
  },
};

/** --yes alone is no consent to lose data. */
async function acceptLosses(context: VerbContext<Options>, { losses, statements }: PushPlan): Promise<void> {
  if (losses.length === 0 || context.options.acceptDataLoss) return;
  for (const loss of losses) context.output.warn(loss);
  const refusal = new DbError('data_loss', `db push would lose data: ${losses.join('; ')}. Nothing was changed.`, {
    exit: EXIT.decision,
    hint: 'pnpm db push --accept-data-loss',
    details: { losses, statements },
  });
  if (!context.interactive) throw refusal;
  const { askYesNo } = await import('../command-line/ask.ts');
  if (!(await askYesNo('Lose this data?'))) throw refusal;
}

function pushFailed(error: unknown, statement: string, connection: Parameters<typeof connectionError>[1]): DbError {
  const { message } = connectionError(error, connection);
  return new DbError('push_failed', `${message} Nothing was changed. The statement: ${statement}`, {
    hint: 'Give a new NOT NULL column a default, or empty the tables with pnpm db reset',
    cause: error,
  });
}
