import type { Sql } from 'postgres';
import { createMigrateProgress, type MigrateProgress } from './command-line/migrate-progress.ts';
import { count } from './command-line/output.ts';
import type { VerbContext } from './command-line/verb.ts';
import { connect } from './connection/connect.ts';
import type { Target } from './connection/target.ts';
import { DbError } from './errors.ts';
import type { MigrateOptions, MigrateResult } from './migrator/index.ts';
import { type Grants, setUpAccess } from './set-up-access.ts';

export type ApplyOptions = Pick<
  MigrateOptions,
  'dryRun' | 'to' | 'lockWait' | 'lockTimeout' | 'statementTimeout' | 'allowPooler' | 'connectTimeout'
>;

/**
 * Applies what is pending and tells people how it goes. Throws what `migrate` throws, with what this run had applied by
 * then as `applied` among its details, and `interrupted` once the signal of the context was given.
 */
export async function applyMigrations(
  context: VerbContext,
  target: Target,
  options: ApplyOptions = {},
): Promise<MigrateResult & { grants?: Grants }> {
  const config = await context.config();
  // A deployment may come before its database; a person at a local one wants to hear at once that nothing is there.
  const connectTimeout = options.connectTimeout ?? (target.source === 'local' ? target.connectTimeout : 30);
  const sql = await waitForServer(context, target, connectTimeout);
  const setUp = await setUpAccess(context, target, sql, options).finally(() => sql.end({ timeout: 1 }));
  const { migrate } = await import('./migrator/index.ts');
  const progress = createMigrateProgress(context);
  try {
    const result = await migrate({
      ...options,
      url: setUp.url,
      afterApply: setUp.afterApply,
      directory: config.migrations,
      table: config.migrationsTable,
      applicationName: 'db migrate',
      connectTimeout,
      signal: context.signal,
      onEvent: progress.onEvent,
    });
    progress.end();
    context.output.say(summary(result, target, setUp.grants));
    return { ...result, ...(setUp.grants ? { grants: setUp.grants } : {}) };
  } catch (error) {
    progress.end();
    throw withApplied(error, progress, context.signal);
  }
}

const WHY_UNKNOWN = new Map([
  ['server_silent', 'the server did not react'],
  ['commit_unknown', 'the connection was lost while it was being committed'],
]);

function withApplied(error: unknown, { applied, begun }: MigrateProgress, signal: AbortSignal): unknown {
  if (!(error instanceof DbError)) return error;
  if (!signal.aborted) return Object.assign(error, { details: { ...error.details, applied } });
  const kept =
    applied.length === 0
      ? 'No migration was applied by this run'
      : `This run applied ${applied.map(({ tag }) => tag).join(', ')}, and that stays`;
  const whyUnknown = WHY_UNKNOWN.get(error.code);
  const left =
    begun === undefined
      ? ''
      : whyUnknown
        ? `; what became of ${begun.tag} is unknown, since ${whyUnknown}`
        : begun.mode === 'transaction'
          ? `; ${begun.tag} was rolled back`
          : `; of ${begun.tag}, the statements that were complete stay, and the next run goes on behind them`;
  const reason = signal.reason instanceof DbError ? signal.reason.message : 'Interrupted.';
  return new DbError('interrupted', `${reason} ${kept}${left}.`, {
    hint: whyUnknown ? error.hint : 'Go on with: pnpm db migrate',
    details: { applied },
    cause: error,
  });
}

async function waitForServer(context: VerbContext, target: Target, connectTimeout: number): Promise<Sql> {
  return await connect(target.url, {
    connectTimeout,
    applicationName: 'db migrate',
    signal: context.signal,
    onWait: ({ message }) => context.output.say(`${message} Waiting up to ${connectTimeout} s for it.`),
  });
}

function summary({ applied, alreadyApplied, pending }: MigrateResult, target: Target, grants?: Grants): string {
  if (pending) return dryRunSummary(pending, grants?.pending ?? [], target);
  if (applied.length > 0) return `Applied ${count(applied.length, 'migration')} to ${target.name}.`;
  return `Nothing to apply to ${target.name}; ${count(alreadyApplied, 'migration')} applied before.`;
}

function dryRunSummary(migrations: string[], grants: string[], target: Target): string {
  const list = (lines: string[]) => lines.map((line) => `\n  ${line}`).join('');
  if (migrations.length + grants.length === 0) return `Nothing is pending on ${target.name}.`;
  const files =
    migrations.length === 0
      ? `No migration is pending on ${target.name}.`
      : `${count(migrations.length, 'migration')} would be applied to ${target.name}:${list(migrations)}`;
  if (grants.length === 0) return files;
  return `${files}\nThe rights would be made those that are declared, by ${count(grants.length, 'statement')}:${list(grants)}`;
}
