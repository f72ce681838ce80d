import type { Command } from 'commander';
import { collect, seconds } from '../command-line/flag-values.ts';
import { count } from '../command-line/output.ts';
import type { Verb, VerbContext } from '../command-line/verb.ts';
import { confirm } from '../connection/guard.ts';
import { findTarget } from '../connection/target.ts';
import { type Drift, findDrift } from '../drift/find-drift.ts';
import { reportDrift } from '../drift/report.ts';
import { DbError, EXIT } from '../errors.ts';
import { type MigrationStatus, repair, status } from '../migrator/index.ts';
import { migratorOptions } from '../migrator-options.ts';

interface Options {
  to?: string;
  ignore?: string[];
  dryRun?: boolean;
  lockWait?: number;
}

export const verb: Verb<Options> = {
  examples: ['pnpm db baseline --dry-run', 'pnpm db baseline --to 0003_add_tags --ignore public.migrations'],

  configure: (command: Command) =>
    command
      .option('--to <tag>', 'the last migration that the database has the tables of (the last of the folder)')
      .option(
        '--ignore <schema.table>',
        'a table that no migration makes, such as the history of another tool',
        collect,
      )
      .option('--dry-run', 'compare only, change nothing')
      .option('--lock-wait <seconds>', 'how long to wait for a runner (60)', seconds)
      .addHelpText(
        'after',
        `
For a database that was made by other means: its migrations count as applied, and none is run. First
they are replayed on a scratch database, as db drift does; if the two differ in anything, it exits 3
and writes nothing.`,
      ),

  async run(context) {
    const { options, output } = context;
    const target = await findTarget(context);
    const config = await context.config();
    const migrator = migratorOptions(config, target, 'baseline');
    const { last, tags } = chooseTags((await status(migrator)).migrations, options.to);
    if (last === undefined || tags.length === 0) {
      output.say(`There is nothing to mark on ${target.name}: ${last ?? 'no migration'} is recorded as applied.`);
      return { database: target.name, marked: [], changed: false };
    }
    const env = await context.environment();
    const drift = await findDrift({ config, target, env, to: last, ignore: options.ignore, signal: context.signal });
    refuseDrift(context, drift, target.name, last);
    const does = `mark ${count(tags.length, 'migration')} as applied to ${target.name} without running them: ${tags.join(', ')}`;
    if (options.dryRun) {
      output.say(`${target.name} is what the migrations up to ${last} make. It would ${does}.`);
      return { database: target.name, marked: tags, changed: false };
    }
    await confirm(context, { verb: options.to === undefined ? 'baseline' : `baseline --to ${options.to}`, does });
    await repair({ ...migrator, lockWait: options.lockWait }, { kind: 'baseline', tags });
    output.say(`${target.name} has ${tags.join(', ')} from now on. Next: pnpm db status`);
    return { database: target.name, marked: tags, changed: true };
  },
};

/** What is to be marked, and the last one of it or before it. */
function chooseTags(migrations: MigrationStatus[], to: string | undefined): { last?: string; tags: string[] } {
  const files = migrations.filter(({ state }) => state !== 'missing-file');
  const end = to === undefined ? files.length - 1 : files.findIndex(({ tag }) => tag === to);
  if (to !== undefined && end === -1) {
    throw new DbError('unknown_tag', `There is no migration ${to}.`, {
      hint: 'The tags are listed by: pnpm db status',
    });
  }
  const wrong = migrations.find(({ state }) => !['applied', 'pending', 'out-of-order'].includes(state));
  if (wrong) {
    throw new DbError('history_mismatch', `${wrong.tag} is ${wrong.state}, which is to be settled first.`, {
      exit: EXIT.check,
      hint: 'See how: pnpm db repair',
    });
  }
  const later = files.slice(end + 1).find(({ state }) => state === 'applied');
  if (later) {
    throw new DbError('history_mismatch', `${later.tag} is applied already, which comes after ${to}.`, {
      exit: EXIT.check,
      hint: `pnpm db baseline --to ${later.tag}`,
    });
  }
  const tags = files.slice(0, end + 1).filter(({ state }) => state !== 'applied');
  return { last: files[end]?.tag, tags: tags.map(({ tag }) => tag) };
}

function refuseDrift({ output }: VerbContext<Options>, drift: Drift, name: string, last: string): void {
  const { differences, toMigrations, toTarget } = drift;
  if (differences.length === 0) return;
  reportDrift(output, drift, { name, migrations: `the migrations up to ${last}` });
  const history = differences.find(({ kind, name: table }) => kind === 'table' && HISTORIES.has(table));
  throw new DbError(
    'drift',
    `${name} is not what the migrations up to ${last} make: ${count(differences.length, 'difference')}. Nothing was written.`,
    {
      exit: EXIT.check,
      hint: history
        ? `${history.name} is the history of another tool: pnpm db baseline --ignore ${history.name}`
        : 'Correct the schema and the migration until both agree, or name a table that is no part of it: --ignore schema.table',
      details: { differences, sql: { toMigrations, toTarget } },
    },
  );
}

/** What TypeORM, Prisma, Knex and Sequelize note their migrations in. */
const HISTORIES = new Set([
  'public.migrations',
  'public._prisma_migrations',
  'public.knex_migrations',
  'public."SequelizeMeta"',
]);
