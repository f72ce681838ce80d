import { count } from '../command-line/output.ts';
import type { Verb, VerbContext } from '../command-line/verb.ts';
import { findTarget } from '../connection/target.ts';
import { type Drift, findDrift } from '../drift/find-drift.ts';
import { reportDrift } from '../drift/report.ts';
import { DbError, EXIT } from '../errors.ts';

interface Options {
  to?: string;
  owners?: boolean;
}

export const verb: Verb<Options> = {
  examples: ['pnpm db drift --owners'],

  configure: (command) =>
    command
      .option('--to <tag>', 'compare with what the migrations up to this one make, whatever the history says')
      .option('--owners', 'compare who owns what, too')
      .addHelpText(
        'after',
        `
Applies the migrations that the database has had to a scratch one, which goes again, and compares
the two: exit 3 if they differ, with the SQL for either way. The scratch database is made on the
server of TEST_DATABASE_URL, else on a throw-away one of the embedded PostgreSQL; it has to be of
the same major version.`,
      ),

  async run(context) {
    const { options, output } = context;
    const target = await findTarget(context);
    const drift = await findDrift({
      config: await context.config(),
      target,
      env: await context.environment(),
      to: options.to,
      owners: options.owners,
      signal: context.signal,
      onRole: (role) => output.say(`Created the role ${role} on the scratch server, for the migrations name it.`),
    });
    const { differences, notes, pending, last, toMigrations, toTarget } = drift;
    report(context, drift, target.name);
    const facts = { database: target.name, comparedWith: last, pending, ...(notes.length > 0 ? { notes } : {}) };
    if (differences.length === 0) return { ...facts, differences };
    throw new DbError(
      'drift',
      `${target.name} is not what its migrations make: ${count(differences.length, 'difference')}.`,
      {
        exit: EXIT.check,
        hint: 'Run the first SQL on it, or put the second into a migration: pnpm db generate --custom --name adopt_drift',
        details: { ...facts, differences, sql: { toMigrations, toTarget } },
      },
    );
  },
};

function report({ output }: VerbContext<Options>, drift: Drift, name: string): void {
  const { differences, notes, pending, last } = drift;
  if (pending.length > 0)
    output.say(`${count(pending.length, 'migration')} pending; compared with the state behind ${last ?? 'none'}.`);
  for (const note of notes) output.say(note);
  if (differences.length === 0) {
    output.say(`${name} is what its migrations make.`);
    return;
  }
  reportDrift(output, drift, { name, migrations: 'its migrations' });
}
