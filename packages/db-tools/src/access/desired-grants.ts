import { type Columns, checkAccess, schemaOf } from './declaration.ts';
import type { AccessState, DefaultState, ObjectKind, ObjectState, Scope } from './read-state.ts';
import { listRoles } from './role-names.ts';

/** Privileges on a whole object, and on single columns of a table. */
export interface Wanted {
  privileges: string[];
  columns: Record<string, string[]>;
}

/** What each role (PUBLIC never) may do with one object: what is not in it is to be revoked. */
export type WantedGrants = Map<string, Wanted>;

const OWN: Record<ObjectKind, string[]> = {
  database: ['CONNECT'],
  schema: ['USAGE'],
  table: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  sequence: ['USAGE', 'SELECT'],
  routine: ['EXECUTE'],
  type: ['USAGE'],
};

/**
 * The rights on an object that the declaration gives. The owner's own, which come with ownership, are not among them.
 */
export function wantedGrants(object: ObjectState, scope: Scope, state: AccessState): WantedGrants {
  const { access, names, historySchema } = scope;
  checkAccess(access);
  const wanted: WantedGrants = new Map();
  const give = (role: string, privileges: string[], columns?: string[]) => {
    const entry = wanted.get(role) ?? { privileges: [], columns: {} };
    if (columns) for (const column of columns) entry.columns[column] = privileges;
    else entry.privileges = privileges;
    wanted.set(role, entry);
  };
  const readers = [...Object.values(names.services), names.readonly];
  const path = `${object.schema}.${object.name}`;

  switch (object.kind) {
    case 'database':
      for (const role of [names.migrator, ...readers]) give(role, OWN.database);
      if (object.owner !== names.owner) give(names.owner, ['CONNECT', 'CREATE', 'TEMPORARY']);
      break;
    case 'schema': {
      // Every service reads the history, to know whether its migrations are applied.
      const isForAll = object.name === historySchema || state.extensionSchemas.includes(object.name);
      for (const [domain, role] of Object.entries(names.services)) {
        if (isForAll || object.name === domain || looksInto(scope, domain, object.name)) give(role, OWN.schema);
      }
      if (isForAll || Object.hasOwn(access.domains, object.name)) give(names.readonly, OWN.schema);
      break;
    }
    case 'table': {
      if (object.schema === historySchema) {
        for (const role of readers) give(role, ['SELECT']);
        break;
      }
      for (const [domain, role] of Object.entries(names.services)) {
        const reads = access.domains[domain]?.reads?.[path];
        if (object.schema === domain) give(role, OWN.table);
        else if (reads !== undefined) giveRead(role, object, reads, give);
      }
      giveRead(names.readonly, object, withoutSecrets(object, access.secrets?.[path]), give);
      break;
    }
    default:
      for (const [domain, role] of Object.entries(names.services)) {
        const isGiven = object.kind === 'routine' && access.domains[domain]?.executes?.includes(path);
        if (object.schema === domain || isGiven) give(role, OWN[object.kind]);
      }
  }
  return wanted;
}

/**
 * The rights on what the owner is still to create, so that a table of a new migration is usable from its first moment.
 */
export function wantedDefaults({ names }: Scope): (Pick<DefaultState, 'schema' | 'kind'> & { wanted: WantedGrants })[] {
  const kinds = ['table', 'sequence', 'routine', 'type'] as const;
  return Object.entries(names.services).flatMap(([domain, role]) =>
    kinds.map((kind) => ({
      schema: domain,
      kind,
      wanted: new Map([[role, { privileges: OWN[kind], columns: {} }]]),
    })),
  );
}

/** Roles of the declaration that do not exist, and so have no rights. */
export function missingRoles({ names }: Scope, { roles }: AccessState): string[] {
  return listRoles(names).filter((name) => !roles.some((role) => role.name === name));
}

function looksInto({ access: { domains } }: Scope, domain: string, schema: string): boolean {
  const { reads = {}, executes = [] } = domains[domain] ?? {};
  return [...Object.keys(reads), ...executes].some((name) => schemaOf(name, domain, domains) === schema);
}

function giveRead(
  role: string,
  object: ObjectState,
  columns: Columns,
  give: (role: string, privileges: string[], columns?: string[]) => void,
): void {
  if (columns === 'all') give(role, ['SELECT']);
  else give(role, ['SELECT'], object.columns?.filter((column) => columns.includes(column)) ?? []);
}

function withoutSecrets(object: ObjectState, secret: Columns | undefined): Columns {
  if (secret === undefined) return 'all';
  return secret === 'all' ? [] : (object.columns ?? []).filter((column) => !secret.includes(column));
}
