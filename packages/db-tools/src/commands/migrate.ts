import { applyMigrations } from '../apply-migrations.ts';
import { seconds, secondsOfLimit } from '../command-line/flag-values.ts';
import type { Verb, VerbContext } from '../command-line/verb.ts';
import { findTarget, type Target } from '../connection/target.ts';

interface Options {
  dryRun?: boolean;
  to?: string;
  lockWait?: number;
  lockTimeout?: number;
  statementTimeout?: number;
  connectTimeout?: number;
  allowPooler?: boolean;
  backup?: string | true;
}

export const verb: Verb<Options> = {
  examples: ['pnpm db migrate --dry-run', 'pnpm db migrate --backup --lock-wait 600'],

  configure: (command) =>
    command
      .option('--dry-run', 'say what would be applied, change nothing')
      .option('--to <tag>', 'the last migration to apply')
      .option('--lock-wait <seconds>', 'how long to wait for another migrate (60)', seconds)
      .option('--lock-timeout <seconds>', 'how long a statement may wait for a lock (2)', secondsOfLimit)
      .option('--statement-timeout <seconds>', "how long a statement may run (the server's own limit)", secondsOfLimit)
      .option('--connect-timeout <seconds>', 'how long to wait for the server (30)', seconds)
      .option('--allow-pooler', 'work through a transaction pooler, with one lock per file')
      .option(
        '--backup [when]',
        'back up to .local/backups first: "destructive" when something pending can lose data (the default), "always" when anything is pending',
      ),

  async run(context) {
    const target = await findTarget(context);
    const { options } = context;
    const backup = await backUp(context, target);
    const { applied, alreadyApplied, pending, ahead, grants } = await applyMigrations(context, target, {
      dryRun: options.dryRun,
      to: options.to,
      lockWait: options.lockWait,
      lockTimeout: options.lockTimeout,
      statementTimeout: options.statementTimeout,
      allowPooler: options.allowPooler,
      connectTimeout: options.connectTimeout,
    });
    return {
      database: target.name,
      applied,
      alreadyApplied,
      ...(pending ? { pending } : {}),
      ...(ahead ? { ahead } : {}),
      ...(grants ? { grants } : {}),
      ...(backup ? { backup } : {}),
    };
  },
};

async function backUp(context: VerbContext<Options>, target: Target): Promise<string | undefined> {
  const { backup, to, dryRun } = context.options;
  if (backup === undefined) return undefined;
  const { backupBeforeMigrate, parseWhen } = await import('../backup/before-migrate.ts');
  const when = parseWhen(backup);
  return await backupBeforeMigrate(context, target, { when, to, dryRun });
}
