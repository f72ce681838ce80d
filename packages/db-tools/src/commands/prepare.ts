import { applyMigrations } from '../apply-migrations.ts';
import type { Verb } from '../command-line/verb.ts';
import { createDatabase } from '../connection/database.ts';
import { isLocal } from '../connection/guard.ts';
import { isUnseeded, markSeeded } from '../connection/mark.ts';
import { findTarget } from '../connection/target.ts';
import { runSeeds } from '../run-seeds.ts';

export const verb: Verb = {
  examples: ['pnpm db prepare'],

  configure: (command) =>
    command.addHelpText('after', '\nSafe to repeat. It never generates a migration; db generate does.'),

  async run(context) {
    const target = await findTarget(context);
    const created = await createDatabase(target);
    if (created) context.output.say(`Created ${target.name}.`);
    const { applied, grants } = await applyMigrations(context, target);
    // The mark outlives a kill between creating and seeding; `created` alone would not.
    const unseeded = await isUnseeded(target);
    const local = await isLocal(target, await context.environment());
    const seeded = unseeded ? await runSeeds(context, target, { local }) : {};
    if (unseeded) await markSeeded(target);
    return { database: target.name, created, applied, ...(grants ? { grants } : {}), seeded };
  },
};
