import type { Verb, VerbContext } from '../command-line/verb.ts';
import { isLocal, isSpelledOut, TARGET_FLAG } from '../connection/guard.ts';
import { markSeeded } from '../connection/mark.ts';
import { findTarget } from '../connection/target.ts';
import { DbError, EXIT } from '../errors.ts';
import { requireMigrated, runSeeds } from '../run-seeds.ts';

export const verb: Verb<{ target?: string }> = {
  examples: ['pnpm db seed reference'],

  configure: (command) =>
    command.argument('[name]', 'one seed; every seed allowed here without it').option(...TARGET_FLAG),

  async run(context) {
    const [name] = context.args;
    const localOnly = name !== undefined && (await getSeed(context, name)).localOnly;
    const target = await findTarget(context);
    const local =
      isSpelledOut(context, target, ['seed', ...context.args].join(' ')) ||
      (await isLocal(target, await context.environment()));
    if (localOnly && !local) {
      throw new DbError('not_local', `The seed ${name} is for a local database only, and ${target.name} is none.`, {
        exit: EXIT.wrongTarget,
        hint: `If that is meant: pnpm db seed ${name} --target ${target.name}`,
      });
    }
    await requireMigrated(context, target);
    const seeded = await runSeeds(context, target, { name, local });
    if (name === undefined) await markSeeded(target);
    return { database: target.name, seeded };
  },
};

async function getSeed(context: VerbContext, name: string) {
  const { seeds } = await context.config();
  if (Object.hasOwn(seeds, name)) return seeds[name]!;
  const known = Object.keys(seeds);
  throw new DbError('unknown_seed', `There is no seed "${name}".`, {
    hint:
      known.length > 0 ? known.map((seed) => `pnpm db seed ${seed}`).join(' or ') : 'Add it to seeds in db.config.ts',
  });
}
