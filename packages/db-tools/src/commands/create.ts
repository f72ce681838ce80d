import { createDatabase } from '../database.ts';
import { findTarget } from '../target.ts';
import type { Verb } from '../verb.ts';

export const verb: Verb = {
  examples: ['pnpm db create'],

  async run(context) {
    const target = await findTarget(context);
    const created = await createDatabase(target);
    context.output.say(created ? `Created ${target.name}.` : `${target.name} exists already.`);
    return { database: target.name, created };
  },
};
