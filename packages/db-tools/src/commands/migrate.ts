import { InvalidArgumentError } from 'commander';
import { applyMigrations } from '../apply-migrations.ts';
import { findTarget } from '../target.ts';
import type { Verb } from '../verb.ts';

interface Options {
  dryRun?: boolean;
  to?: string;
  lockWait?: number;
  lockTimeout?: number;
  connectTimeout?: number;
  allowPooler?: boolean;
}

export const verb: Verb<Options> = {
  configure: (command) =>
    command
      .option('--dry-run', 'say what would be applied, change nothing')
      .option('--to <tag>', 'the last migration to apply')
      .option('--lock-wait <seconds>', 'how long to wait for another migrate (60)', seconds)
      .option('--lock-timeout <seconds>', 'how long a statement may wait for a lock (2)', seconds)
      .option('--connect-timeout <seconds>', 'how long to wait for the server (30)', seconds)
      .option('--allow-pooler', 'work through a transaction pooler, with one lock per file'),

  async run(context) {
    const target = await findTarget(context);
    const { options } = context;
    const { applied, alreadyApplied, pending } = await applyMigrations(context, target, {
      dryRun: options.dryRun,
      to: options.to,
      lockWait: options.lockWait,
      lockTimeout: options.lockTimeout,
      allowPooler: options.allowPooler,
      connectTimeout: options.connectTimeout,
    });
    return { database: target.name, applied, alreadyApplied, ...(pending ? { pending } : {}) };
  },
};

function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0) {
    throw new InvalidArgumentError('It is a number of seconds.');
  }
  return value;
}
