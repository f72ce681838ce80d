import { createRoles, planAccess, type RolesPlan } from '../access/create-roles.ts';
import { passwordsOf } from '../access/passwords.ts';
import { count } from '../command-line/output.ts';
import type { Verb } from '../command-line/verb.ts';
import { codesOf, connectionError } from '../connection/connect.ts';
import { findTarget, withConnection } from '../connection/target.ts';
import { DbError, EXIT } from '../errors.ts';

interface Options {
  sql?: boolean;
  prefix?: string;
  passwords?: boolean;
}

export const verb: Verb<Options> = {
  examples: ['pnpm db roles', 'pnpm -s db roles --sql | psql -d app'],

  configure: (command) =>
    command
      .option('--sql', 'print the statements for who may run them, change nothing')
      .option(
        '--prefix <name>',
        'what role names begin with, instead of what the owner says, or the name of the database',
      )
      .option('--passwords', 'also set the passwords of roles that exist')
      .addHelpText(
        'after',
        '\nA role gets the password that its URL in the environment has: FILES_DATABASE_URL for the role of\nfiles, READONLY_DATABASE_URL, MIGRATOR_DATABASE_URL or DATABASE_URL_DIRECT for the migrator; or its\nparts: FILES_DB_USER and FILES_DB_PASSWORD beside DB_HOST and DB_NAME.',
      ),

  async run(context) {
    const { options, output } = context;
    const config = await context.config();
    if (!config.access) {
      throw new DbError('access_missing', `${config.file} declares no access, so that there are no roles to create.`, {
        exit: EXIT.decision,
        hint: 'Add access: { domains: { … } } to the config, and see docs/guides/roles-and-rights.md',
      });
    }
    const target = await findTarget(context);
    const { access, root, migrationsTable } = config;
    const passwordOf = await passwordsOf({ access, root, target, environment: await context.environment() });
    const wanted = {
      access,
      historySchema: migrationsTable.schema,
      prefix: options.prefix,
      passwordOf,
      allPasswords: options.passwords,
    };
    return await withConnection(target, async (sql) => {
      if (options.sql) {
        const plan = await planAccess(sql, wanted);
        output.print(script(plan, target.connection.database));
        return { database: target.name, sql: plan.statements };
      }
      try {
        const { statements, newLogins, names } = await createRoles(sql, wanted);
        const made = newLogins.length > 0 ? `, of which ${newLogins.join(', ')} are new` : '';
        output.say(
          statements.length === 0
            ? `The roles of ${target.name} are what is declared.`
            : `Set up the roles ${names.prefix}_* of ${target.name} with ${count(statements.length, 'statement')}${made}.`,
        );
        const without = newLogins.filter((role) => !passwordOf(role));
        if (without.length > 0 && !target.source.startsWith('local')) {
          output.say(`Without a password yet; in psql:\n${without.map((role) => `  \\password ${role}`).join('\n')}`);
        }
        return { database: target.name, statements: statements.length, created: newLogins };
      } catch (error) {
        if (!codesOf(error).includes('42501')) throw connectionError(error, target.connection);
        const plan = await planAccess(sql, wanted);
        output.print(script(plan, target.connection.database));
        throw new DbError(
          'may_not_create_roles',
          `User ${target.connection.user} may not set up the roles of ${target.name}: ${(error as Error).message}. Nothing was changed.`,
          {
            hint: `Let a superuser run the SQL of: pnpm -s db roles --sql | psql -d ${target.connection.database}`,
            details: { sql: plan.statements },
            cause: error,
          },
        );
      }
    });
  },
};

function script({ statements, newLogins }: RolesPlan, database: string): string {
  if (statements.length === 0) return '-- The roles and rights are what is declared.';
  const passwords = newLogins.map((role) => `-- \\password ${role}`);
  return [
    `-- For a superuser, in the database ${database}.`,
    'begin;',
    ...statements.map((statement) => `${statement};`),
    'commit;',
    ...(passwords.length > 0 ? ['-- The passwords, which psql asks for:', ...passwords] : []),
  ].join('\n');
}
