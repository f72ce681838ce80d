import type { SqlName } from './sql-name.ts';

/** What a statement does, as far as the rules ask. */
export type Parsed =
  | { kind: 'create-table'; table: SqlName; columns: Column[]; constraints: Constraint[] }
  | { kind: 'alter-table'; table: SqlName; actions: Action[] }
  | CreateIndex
  | { kind: 'drop'; what: string; names: SqlName[]; concurrently: boolean }
  | { kind: 'create-enum'; type: SqlName; values: string[] }
  | { kind: 'add-enum-value'; type: SqlName; value: string }
  | { kind: 'create'; what: string; name: SqlName }
  | { kind: 'other' };

interface CreateIndex {
  kind: 'create-index';
  index?: SqlName;
  table: SqlName;
  unique: boolean;
  concurrently: boolean;
  ifNotExists: boolean;
  /** An expression is undefined. */
  columns: (string | undefined)[];
  where?: string;
}

export interface Column {
  name: SqlName;
  type: string;
  notNull: boolean;
  /** DEFAULT, GENERATED or a serial type: rows get a value by themselves. */
  filled: boolean;
  /** The expression of DEFAULT or GENERATED ALWAYS AS (…). */
  value?: string;
  /** GENERATED ALWAYS AS (…) STORED. */
  stored: boolean;
  /** A serial type or an identity: its values come from a sequence. */
  counts: boolean;
  primaryKey: boolean;
  unique: boolean;
  references?: Reference;
}

export interface Reference {
  table: SqlName;
  columns: string[];
  /** From REFERENCES on. */
  sql: string;
}

export interface Constraint {
  name?: SqlName;
  type: 'foreign key' | 'check' | 'unique' | 'primary key' | 'exclude' | 'not null';
  columns: SqlName[];
  references?: Reference;
  /** Without its name and NOT VALID. */
  sql: string;
  notValid: boolean;
  usingIndex: boolean;
}

export type Action = { /** As it is written. */ sql: string } & (
  | { kind: 'add-column'; column: Column; ifNotExists: boolean }
  | { kind: 'drop-column'; column: SqlName }
  | { kind: 'set-type'; column: SqlName; type: string; using?: string }
  | { kind: 'set-not-null'; column: SqlName }
  | { kind: 'add-constraint'; constraint: Constraint }
  | { kind: 'validate'; constraint: SqlName }
  | { kind: 'rename-column'; from: SqlName; to: SqlName }
  | { kind: 'rename-table'; to: SqlName }
  | { kind: 'set-schema'; to: SqlName }
  | { kind: 'other' }
);

/** The columns and constraints that CREATE TABLE or ALTER TABLE brings; undefined for another statement. */
export function addedByTable(
  parsed: Parsed,
): { table: SqlName; columns: Column[]; constraints: Constraint[] } | undefined {
  if (parsed.kind === 'create-table') return parsed;
  if (parsed.kind !== 'alter-table') return undefined;
  const { table, actions } = parsed;
  return {
    table,
    columns: actions.flatMap((action) => (action.kind === 'add-column' ? [action.column] : [])),
    constraints: actions.flatMap((action) => (action.kind === 'add-constraint' ? [action.constraint] : [])),
  };
}
