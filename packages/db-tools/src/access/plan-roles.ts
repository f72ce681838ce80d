import { quoteIdentifier, quoteLiteral } from '../migrator/quote.ts';
import type { Limits } from './declaration.ts';
import type { AccessState, RoleState, Scope } from './read-state.ts';

interface WantedRole {
  name: string;
  login: boolean;
  inherit: boolean;
  /** -1 for no limit. */
  connections: number;
  settings: Record<string, string>;
  memberOf: string[];
}

/** For services: a statement ends before its client gives up, and no queue of requests builds up behind a lock. */
const SERVICE: Limits = {
  statementTimeout: 10_000,
  lockTimeout: 5_000,
  idleInTransactionTimeout: 10_000,
  connections: 50,
};
const READONLY: Limits = {
  statementTimeout: 30_000,
  lockTimeout: 2_000,
  idleInTransactionTimeout: 60_000,
  connections: 10,
};

export interface PlanRolesOptions {
  /** Whether roles are limited in their connections; not where one role serves many databases, as in tests. */
  limitConnections?: boolean;
}

/**
 * The statements that create what is missing of the roles, and correct what differs; settings that are not ours stay.
 */
export function planRoles(scope: Scope, state: AccessState, options: PlanRolesOptions = {}): string[] {
  return wantedRoles(scope, options).flatMap((wanted) => {
    const found = state.roles.find(({ name }) => name === wanted.name);
    return [
      ...(found ? attributes(wanted, found) : [create(wanted)]),
      ...settings(wanted, found),
      ...memberships(wanted, found),
    ];
  });
}

function wantedRoles({ access, names }: Scope, { limitConnections = true }: PlanRolesOptions): WantedRole[] {
  const login = (name: string, limits: Limits, more: Record<string, string> = {}): WantedRole => ({
    name,
    login: true,
    inherit: true,
    connections: limitConnections ? limits.connections : -1,
    settings: { ...timeouts(limits), ...more },
    memberOf: [],
  });
  return [
    { name: names.owner, login: false, inherit: true, connections: -1, settings: {}, memberOf: [] },
    {
      name: names.migrator,
      login: true,
      inherit: false,
      connections: -1,
      settings: {
        // What it creates belongs to the owner; the server notices when its connection is cut during a long statement.
        role: names.owner,
        lock_timeout: '2s',
        idle_in_transaction_session_timeout: '60s',
        client_connection_check_interval: '1s',
      },
      memberOf: [names.owner],
    },
    ...Object.entries(access.domains).map(([domain, { limits }]) =>
      login(names.services[domain]!, { ...SERVICE, ...limits }),
    ),
    login(names.readonly, READONLY, { default_transaction_read_only: 'on' }),
  ];
}

function timeouts(limits: Limits): Record<string, string> {
  return {
    statement_timeout: `${limits.statementTimeout}ms`,
    lock_timeout: `${limits.lockTimeout}ms`,
    idle_in_transaction_session_timeout: `${limits.idleInTransactionTimeout}ms`,
  };
}

function create({ name, login, inherit, connections }: WantedRole): string {
  const limit = connections === -1 ? '' : ` connection limit ${connections}`;
  return `create role ${quoteIdentifier(name)} ${loginOf(login)} ${inheritOf(inherit)}${limit}`;
}

function attributes(wanted: WantedRole, found: RoleState): string[] {
  const changes = [
    found.login === wanted.login ? '' : loginOf(wanted.login),
    found.inherit === wanted.inherit ? '' : inheritOf(wanted.inherit),
    found.connections === wanted.connections ? '' : `connection limit ${wanted.connections}`,
    ...found.powers.map((power) => `no${power.toLowerCase()}`),
  ].filter(Boolean);
  return changes.length > 0 ? [`alter role ${quoteIdentifier(wanted.name)} ${changes.join(' ')}`] : [];
}

function settings(wanted: WantedRole, found: RoleState | undefined): string[] {
  return Object.entries(wanted.settings)
    .filter(([name, value]) => !found?.settings.includes(`${name}=${value}`))
    .map(([name, value]) => `alter role ${quoteIdentifier(wanted.name)} set ${name} = ${quoteLiteral(value)}`);
}

/** A role that logs in has what it is granted itself, and nothing by membership in another. */
function memberships(wanted: WantedRole, found: RoleState | undefined): string[] {
  const has = found?.memberOf ?? [];
  const name = quoteIdentifier(wanted.name);
  return [
    ...(wanted.login ? has : [])
      .filter((role) => !wanted.memberOf.includes(role))
      .map((role) => `revoke ${quoteIdentifier(role)} from ${name}`),
    ...wanted.memberOf.filter((role) => !has.includes(role)).map((role) => `grant ${quoteIdentifier(role)} to ${name}`),
  ];
}

function loginOf(login: boolean): string {
  return login ? 'login' : 'nologin';
}

function inheritOf(inherit: boolean): string {
  return inherit ? 'inherit' : 'noinherit';
}
