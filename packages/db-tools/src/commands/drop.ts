import type { Verb, VerbContext } from '../command-line/verb.ts';
import { dropDatabase } from '../connection/database.ts';
import { guardDestruction, TARGET_FLAG } from '../connection/guard.ts';
import { findTarget, type Target, withConnection } from '../connection/target.ts';
import { quoteIdentifier } from '../migrator/quote.ts';

export const verb: Verb<{ target?: string }> = {
  examples: ['pnpm db drop --yes', 'pnpm db drop --target db.example.com/app'],

  configure: (command) => command.option(...TARGET_FLAG),

  async run(context) {
    const target = await findTarget(context);
    await guardDestruction(context, target, { verb: 'drop', does: `drop ${target.name} with everything in it` });
    const roles = await findRolesOf(context, target);
    const dropped = await dropDatabase(target);
    context.output.say(dropped ? `Dropped ${target.name}.` : `${target.name} does not exist.`);
    if (roles.length > 0) {
      const all = roles.map(quoteIdentifier).join(', ');
      context.output.say(
        `Its roles stay, for they belong to the whole server. If nothing else needs them: drop role ${all}`,
      );
    }
    return { database: target.name, dropped, roles };
  },
};

/** Those that outlive it. Whatever hides them is no reason to keep the database. */
async function findRolesOf(context: VerbContext, target: Target): Promise<string[]> {
  const { access } = await context.config();
  if (!access) return [];
  const { findRoles } = await import('../access/index.ts');
  try {
    return await withConnection(target, (sql) => findRoles(sql, access));
  } catch {
    return [];
  }
}
