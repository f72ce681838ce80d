import { applyMigrations } from '../apply-migrations.ts';
import type { Verb } from '../command-line/verb.ts';
import { createDatabase, dropDatabase } from '../connection/database.ts';
import { guardDestruction, TARGET_FLAG } from '../connection/guard.ts';
import { markSeeded } from '../connection/mark.ts';
import { findTarget } from '../connection/target.ts';
import { runSeeds } from '../run-seeds.ts';

export const verb: Verb<{ target?: string }> = {
  examples: ['pnpm db reset --yes'],

  configure: (command) => command.option(...TARGET_FLAG),

  async run(context) {
    const target = await findTarget(context);
    const does = `drop ${target.name} with everything in it and make it anew`;
    const local = await guardDestruction(context, target, { verb: 'reset', does });
    await dropDatabase(target);
    await createDatabase(target, { local });
    const { applied, grants } = await applyMigrations(context, target);
    const seeded = await runSeeds(context, target, { local });
    await markSeeded(target);
    context.output.say(`Reset ${target.name}.`);
    return { database: target.name, applied, ...(grants ? { grants } : {}), seeded };
  },
};
