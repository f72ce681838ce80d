import type { SqlClient } from '../migrator/index.ts';
import { quoteIdentifier, quoteLiteral } from '../migrator/quote.ts';
import type { Access } from './declaration.ts';
import { findPrefix } from './find-prefix.ts';
import { planGrants } from './plan-grants.ts';
import { asOwned, planOwnership } from './plan-ownership.ts';
import { planRoles } from './plan-roles.ts';
import { type AccessState, readState, type Scope } from './read-state.ts';
import { listRoles, type RoleNames, roleNames } from './role-names.ts';
import { scramVerifier } from './scram-verifier.ts';
import { tryAgain } from './try-again.ts';

export interface RolesOptions {
  access: Access;
  /** Where the migrator keeps its history. */
  historySchema: string;
  /** Instead of the prefix read from the database. */
  prefix?: string;
  /** The password for a role that logs in; given to new roles, to others with `allPasswords`. */
  passwordOf?: (role: string) => string | undefined;
  allPasswords?: boolean;
  /**
   * Whether the owner also gets the database, and roles a limit of connections. On unless one role serves many
   * databases, as in tests.
   */
  exclusive?: boolean;
}

export interface RolesPlan {
  names: RoleNames;
  /** In order, for one transaction; without passwords. */
  statements: string[];
  /** Roles that do not exist yet and log in. */
  newLogins: string[];
  scope: Scope;
  state: AccessState;
}

/** What `createRoles` would run, as a superuser would have to; reads only. */
export async function planAccess(sql: SqlClient, options: RolesOptions): Promise<RolesPlan> {
  const { access, historySchema, exclusive = true } = options;
  const names = roleNames(access, options.prefix ?? (await findPrefix(sql, access)));
  const scope: Scope = { access, names, historySchema };
  const state = await readState(sql, scope);
  const withDatabase = { withDatabase: exclusive };
  // Roles come first, so that all of them are there to be granted to.
  const all = listRoles(names).map((name) => state.roles.find((role) => role.name === name) ?? newRole(name));
  const statements = [
    ...planRoles(scope, state, { limitConnections: exclusive }),
    ...planOwnership(scope, state, withDatabase),
    ...planGrants(scope, { ...asOwned(scope, state, withDatabase), roles: all }),
  ];
  const newLogins = listRoles(names).filter(
    (name) => name !== names.owner && !state.roles.some((role) => role.name === name),
  );
  return { names, statements, newLogins, scope, state };
}

/**
 * Creates the roles, gives what is there to the owner, and grants what is declared: one transaction, which writes
 * nothing when all is so already. Throws the server's 42501 when the connected role may not; the transaction is undone
 * then.
 */
export function createRoles(sql: SqlClient, options: RolesOptions): Promise<RolesPlan> {
  return tryAgain(async () => {
    const plan = await planAccess(sql, options);
    const passwords = planPasswords(plan, options);
    if (plan.statements.length === 0 && passwords.length === 0) return plan;
    try {
      await sql.unsafe(['begin', ...withMembership(plan), ...passwords, 'commit'].join(';\n'));
      return plan;
    } catch (error) {
      await sql.unsafe('rollback');
      throw error;
    }
  });
}

/** A role that is no superuser can give away only what it owns, and only to a role that it is a member of. */
function withMembership({ names, statements, state: { user, version } }: RolesPlan): string[] {
  if (user.superuser || (user.actsAsOwner && user.becomesOwner)) return statements;
  const how = version >= 160_000 ? ' with inherit true, set true' : '';
  const isRoleStatement = (statement: string) => /^(create|alter|grant|revoke) (role )?"/.test(statement);
  const index = statements.findLastIndex(isRoleStatement) + 1;
  return statements.toSpliced(index, 0, `grant ${quoteIdentifier(names.owner)} to current_user${how}`);
}

function planPasswords({ names, newLogins }: RolesPlan, { passwordOf, allPasswords }: RolesOptions): string[] {
  const roles = allPasswords ? listRoles(names).filter((name) => name !== names.owner) : newLogins;
  return roles.flatMap((role) => {
    const password = passwordOf?.(role);
    return password ? [`alter role ${quoteIdentifier(role)} password ${quoteLiteral(scramVerifier(password))}`] : [];
  });
}

function newRole(name: string) {
  return { name, login: true, inherit: true, powers: [], connections: -1, settings: [], memberOf: [] };
}
