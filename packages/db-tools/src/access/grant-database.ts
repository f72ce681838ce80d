import { quoteIdentifier } from '../migrator/quote.ts';
import type { Access } from './declaration.ts';
import { planGrants } from './plan-grants.ts';
import type { AccessState } from './read-state.ts';
import { listRoles, roleNames } from './role-names.ts';

/**
 * The statements for a new database of existing roles, such as a clone or a restored backup: rights on the database
 * itself are not copied with what is in it, and PUBLIC has some on every new one.
 */
export function grantDatabase(access: Access, prefix: string, database: string): string[] {
  const names = roleNames(access, prefix);
  const grants = ['CONNECT', 'TEMPORARY'].map((privilege) => ({ grantee: '', privilege, grantable: false }));
  const sql = quoteIdentifier(database);
  const state: AccessState = {
    version: 0,
    user: { name: '', superuser: false, actsAsOwner: false, becomesOwner: false },
    roles: listRoles(names).map((name) => ({
      name,
      login: true,
      inherit: true,
      powers: [],
      connections: -1,
      settings: [],
      memberOf: [],
    })),
    database: { kind: 'database', schema: '', name: database, sql, owner: SOMEBODY, isOurs: true, grants },
    objects: [],
    defaults: [],
    extensionSchemas: [],
  };
  return planGrants({ access, names, historySchema: '' }, state);
}

/** Stands for any owner: no name of a role can be that long. */
const SOMEBODY = 'x'.repeat(64);
