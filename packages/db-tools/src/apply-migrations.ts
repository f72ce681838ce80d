import type { Sql } from 'postgres';
import { connect } from './connect.ts';
import type { Blocker, MigrateEvent, MigrateOptions, MigrateResult } from './migrator/index.ts';
import { count, type Output } from './output.ts';
import { setUpAccess } from './set-up-access.ts';
import type { Target } from './target.ts';
import type { VerbContext } from './verb.ts';

export type ApplyOptions = Pick<
  MigrateOptions,
  'dryRun' | 'to' | 'lockWait' | 'lockTimeout' | 'allowPooler' | 'connectTimeout'
>;

/** Applies what is pending and tells people how it goes: a line per file, and one for each wait. */
export async function applyMigrations(
  context: VerbContext,
  target: Target,
  options: ApplyOptions = {},
): Promise<MigrateResult> {
  const config = await context.config();
  // A deployment may come before its database; a person at a local one wants to hear at once that nothing is there.
  const connectTimeout = options.connectTimeout ?? (target.source === 'local' ? target.connectTimeout : 30);
  const sql = await waitForServer(context, target, connectTimeout);
  const { url, afterApply } = await setUpAccess(context, target, sql, options).finally(() => sql.end({ timeout: 1 }));
  const { migrate } = await import('./migrator/index.ts');
  const result = await migrate({
    ...options,
    url,
    afterApply,
    directory: config.migrations,
    table: config.migrationsTable,
    applicationName: 'db migrate',
    connectTimeout,
    signal: context.signal,
    onEvent: (event) => reportProgress(event, context.output),
  });
  context.output.say(summary(result, target));
  return result;
}

async function waitForServer(context: VerbContext, target: Target, connectTimeout: number): Promise<Sql> {
  return await connect(target.url, {
    connectTimeout,
    applicationName: 'db migrate',
    signal: context.signal,
    onWait: ({ message }) => context.output.say(`${message} Waiting up to ${connectTimeout} s for it.`),
  });
}

/** A line for what is worth telling of a run. */
export function reportProgress(event: MigrateEvent, output: Output): void {
  if (event.type === 'notice') {
    if (event.severity === 'WARNING') output.warn(event.message);
    return;
  }
  if (event.type === 'reconnected') {
    output.warn(
      `the connection was lost during ${event.tag}, which ${event.committed ? 'had' : 'had not'} been applied`,
    );
    return;
  }
  const line = describe(event);
  if (line) output.say(`  ${line}`);
}

function describe(event: MigrateEvent): string | undefined {
  switch (event.type) {
    case 'waiting-for-lock':
      return `waiting ${seconds(event.waitedMs)} for another migrate${event.holder ? by([event.holder]) : ''}`;
    case 'file-finished':
      return `${event.tag}  ${Math.round(event.ms)} ms`;
    case 'file-skipped':
      return `${event.tag}  applied by another runner`;
    case 'statement-running':
      return `${event.tag}, statement ${event.statement}: ${seconds(event.elapsedMs)}${progress(event)}`;
    case 'retry':
      return `${event.tag}, statement ${event.statement}: ${event.code}${by(event.blockers)}; again in ${seconds(event.delayMs)}`;
    case 'step-recovered':
      return `${event.tag}, statement ${event.statement}: an interrupted run was settled (${event.outcome})`;
  }
}

function progress(event: Extract<MigrateEvent, { type: 'statement-running' }>): string {
  const { progress, waitingFor } = event;
  if (!progress) return by(waitingFor);
  return `, ${progress.phase}${progress.percent === undefined ? '' : ` ${Math.round(progress.percent)} %`}`;
}

function by(blockers: Blocker[]): string {
  if (blockers.length === 0) return '';
  return `, held by ${blockers.map(({ pid, application }) => `${application || 'a session'} (pid ${pid})`).join(', ')}`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function summary({ applied, alreadyApplied, pending }: MigrateResult, target: Target): string {
  if (pending) {
    if (pending.length === 0) return `Nothing is pending on ${target.name}.`;
    return `${count(pending.length, 'migration')} would be applied to ${target.name}:\n${pending.map((tag) => `  ${tag}`).join('\n')}`;
  }
  if (applied.length > 0) return `Applied ${count(applied.length, 'migration')} to ${target.name}.`;
  return `Nothing to apply to ${target.name}; ${count(alreadyApplied, 'migration')} applied before.`;
}
