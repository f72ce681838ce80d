import type { Facts, Json, Kind } from './types.ts';

/** What a reader's query gives, by the names in it. */
// biome-ignore lint/suspicious/noExplicitAny: each reader knows the types of its own query
export type Row = Record<string, any>;

/** An object as its reader gives it: it is known by its address in the system catalogs until it gets its id. */
export interface Draft {
  kind: Kind;
  /** `pg_class:16384`, `pg_class:16384:2`; further ones (its row type, its index, …) stand for the same object. */
  addresses: string[];
  /** The address of what it vanishes with. */
  parent?: string;
  name: string;
  on?: string;
  slot?: string;
  /** Addresses of what it needs beyond what pg_depend tells. */
  needs?: string[];
  /** The schema that it is in, where it has no parent. */
  schema?: string;
  definition: Record<string, unknown>;
  facts?: Facts;
  acl?: Acl;
}

/** `[grantee, privilege, with grant option]`; the owner is `OWNER`, everybody `PUBLIC`. */
export type Privilege = [grantee: string, privilege: string, grantable: boolean];

/** The rights on an object that are not simply those it was made with. */
export interface Acl {
  granted: Privilege[];
  default: Privilege[];
}

/** One query on the system catalogs, and what its rows mean. */
export interface Reader {
  query(serverVersion: number): string;
  read(row: Row): Draft[];
}

/** Leaves out undefined, so that a definition is the same after a round through JSON. */
export function definition(fields: Record<string, unknown>): { [key: string]: Json } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== null)) as {
    [key: string]: Json;
  };
}
