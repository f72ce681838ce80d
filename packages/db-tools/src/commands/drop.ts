import { dropDatabase } from '../database.ts';
import { guardDestruction, TARGET_FLAG } from '../guard.ts';
import { findTarget } from '../target.ts';
import type { Verb } from '../verb.ts';

export const verb: Verb<{ target?: string }> = {
  examples: ['pnpm db drop --yes', 'pnpm db drop --target db.example.com/app'],

  configure: (command) => command.option(...TARGET_FLAG),

  async run(context) {
    const target = await findTarget(context);
    await guardDestruction(context, target, { verb: 'drop', does: `drop ${target.name} with everything in it` });
    const dropped = await dropDatabase(target);
    context.output.say(dropped ? `Dropped ${target.name}.` : `${target.name} does not exist.`);
    return { database: target.name, dropped };
  },
};
