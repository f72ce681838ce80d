import type { Verb } from '../command-line/verb.ts';
import { createDatabase } from '../connection/database.ts';
import { findTarget } from '../connection/target.ts';

export const verb: Verb = {
  examples: ['pnpm db create'],

  async run(context) {
    const target = await findTarget(context);
    const created = await createDatabase(target);
    context.output.say(created ? `Created ${target.name}.` : `${target.name} exists already.`);
    return { database: target.name, created };
  },
};
