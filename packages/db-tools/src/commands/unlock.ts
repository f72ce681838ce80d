import { setTimeout as sleep } from 'node:timers/promises';
import { wholeNumber } from '../command-line/flag-values.ts';
import type { Verb } from '../command-line/verb.ts';
import { confirm } from '../connection/guard.ts';
import { findTarget } from '../connection/target.ts';
import { DbError } from '../errors.ts';
import type { Blocker } from '../migrator/index.ts';
import { migratorOptions } from '../migrator-options.ts';

export const verb: Verb<{ terminate?: number }> = {
  examples: ['pnpm db unlock', 'pnpm db unlock --terminate 4711'],

  configure: (command) =>
    command
      .option(
        '--terminate <pid>',
        'end the session that holds the lock; the process number is the one that was shown',
        wholeNumber,
      )
      .addHelpText(
        'after',
        `
The lock is free as soon as its session ends, whatever happened to the runner; nothing has to be
cleaned up after a crash. What a terminated session was running is rolled back, or settled by the
next db migrate.`,
      ),

  async run(context) {
    const { options, output } = context;
    const target = await findTarget(context);
    const config = await context.config();
    const where = migratorOptions(config, target, 'unlock');
    const { lockHolder, unlock } = await import('../migrator/index.ts');
    const holder = await lockHolder(where);
    output.say(holder ? describe(holder) : `Nobody holds the migration lock of ${target.name}.`);
    const pid = options.terminate;
    if (pid === undefined) {
      if (holder) output.say(`To end it: pnpm db unlock --terminate ${holder.pid}`);
      return { database: target.name, holder: holder ?? null, terminated: false };
    }
    if (holder?.pid === pid) {
      await confirm(context, {
        verb: `unlock --terminate ${pid}`,
        does: `end process ${pid} on ${target.name}`,
        details: { holder },
      });
    }
    const terminated = await unlock(where, pid);
    await untilGone(pid, () => lockHolder(where));
    output.say(`Ended process ${pid}. Next: pnpm db migrate`);
    return { database: target.name, holder: terminated, terminated: true };
  },
};

function describe({ pid, application, user, state, age, query }: Blocker): string {
  return [
    `Process ${pid} holds the migration lock.`,
    `  application  ${application || '(no name)'}`,
    `  user         ${user}`,
    `  state        ${state || 'unknown'}${age === undefined ? '' : `, for ${duration(age)}`}`,
    `  query        ${query.replace(/\s+/g, ' ').trim().slice(0, 200) || '(none)'}`,
  ].join('\n');
}

function duration(seconds: number): string {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${Math.floor(seconds % 60)} s` : `${seconds.toFixed(0)} s`;
}

/** The server ends a session at its next chance: the lock is to be free when this verb says so. */
async function untilGone(pid: number, findHolder: () => Promise<Blocker | undefined>): Promise<void> {
  for (const deadline = performance.now() + 10_000; performance.now() < deadline; await sleep(100)) {
    if ((await findHolder())?.pid !== pid) return;
  }
  throw new DbError('not_ended', `Process ${pid} was told to end, but holds the migration lock still.`, {
    hint: 'Look again: pnpm db unlock',
  });
}
