import { count } from './command-line/output.ts';
import type { VerbContext } from './command-line/verb.ts';
import { connectionError } from './connection/connect.ts';
import type { Target } from './connection/target.ts';
import { DbError, EXIT } from './errors.ts';
import { migratorOptions } from './migrator-options.ts';

export type SeedResult = Record<string, Record<string, number>>;

/**
 * Runs one seed, or every seed allowed on this database in the order of the config; returns rows written by seed and
 * table.
 */
export async function runSeeds(
  context: VerbContext,
  target: Target,
  options: { name?: string; local: boolean },
): Promise<SeedResult> {
  const { seeds } = await context.config();
  const names = options.name === undefined ? Object.keys(seeds) : [options.name];
  const result: SeedResult = {};
  for (const name of names) {
    if (seeds[name]!.localOnly && !options.local) {
      context.output.say(`Left out the seed ${name}: it runs on a local database only.`);
      continue;
    }
    result[name] = await unlessInterrupted(context.signal, name, () => runSeed(name, seeds[name]!.run, target));
    context.output.say(`Seeded ${name}: ${describe(result[name])}.`);
  }
  return result;
}

/** Refuses (exit 3) a database that lacks migrations or whose history does not match the files. */
export async function requireMigrated(context: VerbContext, target: Target): Promise<void> {
  const config = await context.config();
  const { status } = await import('./migrator/index.ts');
  const { pending, ok } = await status(migratorOptions(config, target, 'seed'));
  if (pending === 0 && ok) return;
  const problem = pending > 0 ? `lacks ${count(pending, 'migration')}` : 'has a history that does not match the files';
  throw new DbError(
    pending > 0 ? 'migrations_pending' : 'history_mismatch',
    `${target.name} ${problem}; nothing was seeded.`,
    {
      exit: EXIT.check,
      hint: pending > 0 ? 'pnpm db migrate' : 'pnpm db status',
    },
  );
}

/** A seed knows no signal, so that the process ends under it: what it has committed stays, and it may be repeated. */
async function unlessInterrupted<T>(signal: AbortSignal, name: string, work: () => Promise<T>): Promise<T> {
  const interrupted = Promise.withResolvers<never>();
  const stop = () =>
    interrupted.reject(
      new DbError('interrupted', `${(signal.reason as Error).message} The seed ${name} was not finished.`, {
        hint: 'Go on with: pnpm db seed',
      }),
    );
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([interrupted.promise, ...(signal.aborted ? [] : [work()])]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

async function runSeed(
  name: string,
  run: (url: string) => Promise<Record<string, number>>,
  target: Target,
): Promise<Record<string, number>> {
  try {
    return await run(target.url);
  } catch (error) {
    if (error instanceof DbError) throw error;
    const { message, code } = connectionError(error, target.connection);
    const reason = code === 'unexpected' ? String((error as Error)?.message ?? error).split('\n')[0] : message;
    throw new DbError('seed_failed', `The seed ${name} failed: ${reason}`, {
      hint:
        code === 'database_error' ? 'pnpm db status tells whether every migration is applied' : 'DEBUG=1 shows where',
      cause: error,
    });
  }
}

function describe(rows: Record<string, number>): string {
  const written = Object.entries(rows).filter(([, n]) => n > 0);
  return written.length === 0 ? 'nothing to write' : written.map(([table, n]) => `${n} ${table}`).join(', ');
}
