export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** What a database is made of, in the order in which it can be made. */
export const KINDS = [
  'schema',
  'extension',
  'other',
  'enum',
  'domain',
  'composite type',
  'range type',
  'sequence',
  'function',
  'table',
  'column',
  'default',
  'sequence owner',
  'replica identity',
  'aggregate',
  'view',
  'view column',
  'materialized view',
  'constraint',
  'index',
  'statistics',
  'rule',
  'trigger',
  'policy',
  'event trigger',
  'publication',
  'owner',
  'grants',
  'default privileges',
  'comment',
] as const;

export type Kind = (typeof KINDS)[number];

/** One thing in a database; two are the same thing when their ids are equal. Plain data. */
export interface CatalogObject<Definition = { [key: string]: Json }> {
  /** `column public.users.name`. */
  id: string;
  kind: Kind;
  /** As SQL writes it, with its schema where it has one of its own. */
  name: string;
  /** What it belongs to, as SQL writes it: the table of a column, `TABLE public.users` of a comment. */
  on?: string;
  /** The id of what it vanishes with. */
  parent?: string;
  /** The name that no other object may bear at the same time. */
  slot?: string;
  /** Ids of what has to be there before it. */
  needs: string[];
  /** What is compared. */
  definition: Definition;
  /** What is not, but is of use in SQL and in notes. */
  facts: Facts;
}

export interface Facts {
  owner?: string;
  /** What COMMENT ON and GRANT … ON take: `TABLE public.users`. */
  target?: string;
  /** The place of a column, from 1. */
  position?: number;
  /** A column that comes from a parent table. */
  inherited?: boolean;
  /** The name of the constraint that PostgreSQL 18 keeps for NOT NULL. */
  notNullName?: string;
  /** A sequence that goes with this column. */
  ownedBy?: string;
}

/** A whole database as plain, sorted data. */
export interface Catalog {
  /** e.g. 180004. */
  serverVersion: number;
  /** By id, in the order of its code units. */
  objects: CatalogObject[];
}
