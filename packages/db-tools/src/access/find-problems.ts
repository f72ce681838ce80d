import type { SqlClient } from '../migrator/index.ts';
import { quoteLiteral } from '../migrator/quote.ts';
import type { Access } from './declaration.ts';
import { missingRoles } from './desired-grants.ts';
import { findPrefix } from './find-prefix.ts';
import { findForeign } from './plan-ownership.ts';
import { type AccessState, readState, type Scope } from './read-state.ts';
import { roleNames } from './role-names.ts';

/** What the roles and owners of a database lack, a sentence each; none where there are no roles at all. */
export async function findOwnershipProblems(sql: SqlClient, access: Access, historySchema: string): Promise<string[]> {
  const names = roleNames(access, await findPrefix(sql, access));
  const owner = await sql.unsafe(`select from pg_catalog.pg_roles where rolname = ${quoteLiteral(names.owner)}`);
  if (owner.length === 0) return [];
  const scope = { access, names, historySchema };
  const state = await readState(sql, scope);
  return describeProblems(scope, state);
}

/** The same of a state that has been read. */
export function describeProblems(scope: Scope, state: AccessState): string[] {
  const owner = scope.names.owner;
  return [
    ...missingRoles(scope, state).map((role) => `The role ${role} does not exist.`),
    ...findForeign(scope, state).map(
      (object) => `The ${object.kind} ${object.sql} belongs to ${object.owner}, not to ${owner}.`,
    ),
  ];
}
