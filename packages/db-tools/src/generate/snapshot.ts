/** The parts of drizzle-kit's snapshot (version 7) that are read here; everything else is carried along. */
export interface Snapshot {
  id: string;
  prevId: string;
  version: string;
  dialect: string;
  schemas: Record<string, string>;
  tables: Record<string, SnapshotTable>;
  enums: Record<string, NamedObject & { values: string[] }>;
  sequences: Record<string, NamedObject>;
  roles: Record<string, { name: string }>;
  views: Record<string, SnapshotView>;
  policies: Record<string, SnapshotPolicy>;
}

export interface NamedObject {
  name: string;
  /** Empty for `public` on tables and views. */
  schema: string;
}

export interface SnapshotTable extends NamedObject {
  columns: Record<string, SnapshotColumn>;
  indexes: Record<string, SnapshotIndex>;
  foreignKeys: Record<string, SnapshotForeignKey>;
  compositePrimaryKeys: Record<string, { name: string; columns: string[] }>;
  uniqueConstraints: Record<string, { name: string; columns: string[] }>;
  checkConstraints: Record<string, { name: string; value: string }>;
  policies: Record<string, SnapshotPolicy>;
}

export interface SnapshotColumn {
  name: string;
  type: string;
  typeSchema?: string;
  primaryKey: boolean;
  notNull: boolean;
  default?: string | number | boolean;
  generated?: { as: string };
  identity?: { type: string };
}

interface SnapshotIndex {
  name: string;
  columns: { expression: string; isExpression: boolean }[];
  where?: string;
  concurrently?: boolean;
}

interface SnapshotForeignKey {
  name: string;
  tableFrom: string;
  tableTo: string;
  schemaTo?: string;
  columnsFrom: string[];
  columnsTo: string[];
}

interface SnapshotPolicy {
  name: string;
  using?: string;
  withCheck?: string;
}

interface SnapshotView extends NamedObject {
  definition?: string;
  materialized?: boolean;
}

export const ORIGIN = '00000000-0000-0000-0000-000000000000';

/** What drizzle-kit compares the first schema with. */
export function emptySnapshot(): Snapshot {
  return {
    id: ORIGIN,
    prevId: '',
    version: '7',
    dialect: 'postgresql',
    tables: {},
    enums: {},
    schemas: {},
    sequences: {},
    roles: {},
    policies: {},
    views: {},
    ...({ _meta: { columns: {}, schemas: {}, tables: {} } } as object),
  };
}

/** `schema.name`, with the schema written out. */
export function pathOf({ schema, name }: { schema?: string; name: string }): string {
  return `${schema || 'public'}.${name}`;
}

/** `"schema"."name"` as drizzle-kit writes it: without the schema for `public`. */
export function quotePath({ schema, name }: { schema?: string; name: string }): string {
  return schema && schema !== 'public' ? `"${schema}"."${name}"` : `"${name}"`;
}
