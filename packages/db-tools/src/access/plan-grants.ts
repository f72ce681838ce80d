import { quoteIdentifier } from '../migrator/quote.ts';
import { type Wanted, type WantedGrants, wantedDefaults, wantedGrants } from './desired-grants.ts';
import type { AccessState, DefaultState, Grant, ObjectState, Scope } from './read-state.ts';

/**
 * The statements that make the rights those of the declaration, and nothing where they are. Only roles that exist are
 * granted to.
 */
export function planGrants(scope: Scope, state: AccessState): string[] {
  const roles = new Set(state.roles.map((role) => role.name));
  const objects = [state.database, ...state.objects].filter((object) => object.isOurs);
  const statements = objects.flatMap((object) => {
    // An owner's rights come with the object; those of the old one go with it when it is given away.
    const grants = object.grants.filter((grant) => grant.grantee !== object.owner);
    return difference(grants, only(roles, wantedGrants(object, scope, state)), on(object));
  });
  return state.user.actsAsOwner ? [...statements, ...planDefaults(scope, state, roles)] : statements;
}

function planDefaults(scope: Scope, state: AccessState, roles: Set<string>): string[] {
  const owner = quoteIdentifier(scope.names.owner);
  const alter = `alter default privileges for role ${owner}`;
  const isOthers = ({ grantee }: Grant) => grantee !== scope.names.owner;
  const find = (schema: string, kind: string) => state.defaults.find((d) => d.schema === schema && d.kind === kind);
  const statements: string[] = [];
  // PUBLIC may execute every function and use every type unless that is revoked for all schemas; for one it cannot be.
  for (const kind of ['routine', 'type'] as const) {
    const grants = find('', kind)?.grants.filter(isOthers) ?? [{ grantee: '', privilege: 'ALL', grantable: false }];
    statements.push(...difference(grants, new Map(), ofDefault(alter, kind)));
  }
  const schemas = state.objects.filter(({ kind }) => kind === 'schema').map(({ name }) => name);
  for (const { schema, kind, wanted } of wantedDefaults(scope)) {
    if (!schemas.includes(schema)) continue;
    const grants = (find(schema, kind)?.grants ?? []).filter(isOthers);
    statements.push(
      ...difference(grants, only(roles, wanted), ofDefault(`${alter} in schema ${quoteIdentifier(schema)}`, kind)),
    );
  }
  return statements;
}

/** How a statement names what the rights are on. */
interface Place {
  before: string;
  on: string;
  /** Default privileges know no CASCADE. */
  cascade: string;
}

function on(object: ObjectState): Place {
  return { before: '', on: `${object.kind} ${object.sql}`, cascade: ' cascade' };
}

function ofDefault(alter: string, kind: DefaultState['kind']): Place {
  return { before: `${alter} `, on: `${kind}s`, cascade: '' };
}

function only(roles: Set<string>, wanted: WantedGrants): WantedGrants {
  return new Map([...wanted].filter(([role]) => roles.has(role)));
}

function difference(actual: Grant[], wanted: WantedGrants, place: Place): string[] {
  const grantees = [...new Set([...actual.map(({ grantee }) => grantee), ...wanted.keys()])];
  return grantees.flatMap((grantee) => {
    const own = actual.filter((grant) => grant.grantee === grantee);
    return differenceOf(own, wanted.get(grantee) ?? { privileges: [], columns: {} }, place, who(grantee));
  });
}

function differenceOf(actual: Grant[], wanted: Wanted, place: Place, grantee: string): string[] {
  const statements: string[] = [];
  const whole = actual.filter(({ column }) => !column);
  let byColumn = actual.filter(({ column }) => column);

  const excess = names(whole.filter(({ privilege }) => !wanted.privileges.includes(privilege)));
  if (excess.length > 0) {
    statements.push(`${place.before}revoke ${list(excess)} on ${place.on} from ${grantee}${place.cascade}`);
    // Revoking a privilege on a table revokes it on every column too.
    byColumn = byColumn.filter(({ privilege }) => !excess.includes(privilege));
  }
  const passable = names(whole.filter(({ privilege, grantable }) => grantable && !excess.includes(privilege)));
  if (passable.length > 0) {
    statements.push(
      `${place.before}revoke grant option for ${list(passable)} on ${place.on} from ${grantee}${place.cascade}`,
    );
  }
  const missing = wanted.privileges.filter((privilege) => !whole.some((grant) => grant.privilege === privilege));
  if (missing.length > 0) statements.push(`${place.before}grant ${list(missing)} on ${place.on} to ${grantee}`);

  const isWanted = ({ column = '', privilege, grantable }: Grant) =>
    !grantable && (wanted.columns[column]?.includes(privilege) ?? false);
  const excessColumns = byColumn.filter((grant) => !isWanted(grant));
  for (const [privilege, columns] of groupByPrivilege(excessColumns)) {
    statements.push(`revoke ${privilege} (${columns}) on ${place.on} from ${grantee} cascade`);
  }
  const kept = byColumn.filter(isWanted);
  const missingColumns = Object.entries(wanted.columns).flatMap(([column, privileges]) =>
    privileges
      .filter((privilege) => !kept.some((grant) => grant.column === column && grant.privilege === privilege))
      .map((privilege) => ({ grantee, privilege, column, grantable: false })),
  );
  for (const [privilege, columns] of groupByPrivilege(missingColumns)) {
    statements.push(`grant ${privilege} (${columns}) on ${place.on} to ${grantee}`);
  }
  return statements;
}

function groupByPrivilege(grants: Grant[]): [privilege: string, columns: string][] {
  const groups = Map.groupBy(grants, ({ privilege }) => privilege.toLowerCase());
  return [...groups].map(([privilege, of]) => [
    privilege,
    of.map(({ column = '' }) => quoteIdentifier(column)).join(', '),
  ]);
}

function names(grants: Grant[]): string[] {
  return [...new Set(grants.map(({ privilege }) => privilege))];
}

function list(privileges: string[]): string {
  return privileges.map((privilege) => privilege.toLowerCase()).join(', ');
}

function who(grantee: string): string {
  return grantee === '' ? 'public' : quoteIdentifier(grantee);
}
