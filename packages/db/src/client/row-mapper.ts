import { Column, getTableName, is, noopDecoder, SQL, Subquery } from 'drizzle-orm';
import type { SelectedFieldsOrdered } from 'drizzle-orm/pg-core';
import type { Rows } from './driver.ts';
import { rawReader } from './values.ts';

interface Decoder {
  mapFromDriverValue(value: unknown): unknown;
}

interface Kind {
  decoder: Decoder;
  /** Whether drizzle has no decoder for it, as in select({ at: sql`now()` }). */
  isRaw: boolean;
  /** For a column: the name of its table. */
  table: string | undefined;
}

interface Field extends Kind {
  path: string[];
}

type MapRows = (rows: Rows) => unknown[];

/**
 * A function that makes the objects of a query from its rows. `nullable` has the joined tables that may be missing
 * (false): their object is null when all its columns are. Drizzle's own (mapResultRow) finds out the kind of each field
 * anew for each row, and takes a joined row for missing when its first column is null.
 */
export function rowMapper(selected: SelectedFieldsOrdered, nullable: Record<string, boolean> | undefined): MapRows {
  const fields = selected.map(({ path, field }) => toField(path, field));
  const joined = nullable && joinedObjects(fields, nullable);
  return (rows) => {
    if (rows.length === 0) return [];
    const readers = fields.map(({ isRaw }, index) => (isRaw ? rawReader(rows.columns![index]!.type) : undefined));
    return rows.map((row) => {
      const result = toObject(fields, readers, row as unknown[]);
      for (const name of joined ?? []) if (isAllNull(result[name] as object)) result[name] = null;
      return result;
    });
  };
}

/**
 * Keyed by the column or expression, the same object in every query on a table: to find out takes longer than to read a
 * row.
 */
const kinds = new WeakMap<object, Kind>();

function toField(path: string[], field: object): Field {
  let kind = kinds.get(field);
  if (!kind) {
    const decoder = decoderOf(field);
    const table = is(field, Column) ? getTableName(field.table) : undefined;
    kind = { decoder, isRaw: decoder === noopDecoder, table };
    kinds.set(field, kind);
  }
  return { path, decoder: kind.decoder, isRaw: kind.isRaw, table: path.length === 2 ? kind.table : undefined };
}

function decoderOf(field: unknown): Decoder {
  if (is(field, Column)) return field;
  if (is(field, SQL)) return (field as unknown as { decoder: Decoder }).decoder;
  const { sql } = is(field, Subquery) ? field._ : (field as SQL.Aliased);
  return (sql as unknown as { decoder: Decoder }).decoder;
}

/** The names under which the columns of one joined table, and nothing else, are selected. */
function joinedObjects(fields: Field[], nullable: Record<string, boolean>): string[] {
  const names = new Set(fields.filter(({ path }) => path.length > 1).map(({ path }) => path[0]!));
  return [...names].filter((name) => {
    const tables = new Set(fields.filter(({ path }) => path[0] === name).map(({ table }) => table));
    const [table] = tables;
    return tables.size === 1 && table !== undefined && !nullable[table];
  });
}

function toObject(fields: Field[], readers: (Decode | undefined)[], row: unknown[]): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (let index = 0; index < fields.length; index++) {
    const { path, decoder } = fields[index]!;
    const value = row[index];
    let node = result;
    for (let depth = 0; depth < path.length - 1; depth++) {
      const name = path[depth]!;
      node[name] ??= {};
      node = node[name] as Record<string, unknown>;
    }
    const read = readers[index];
    node[path.at(-1)!] = value === null ? null : read ? read(value) : decoder.mapFromDriverValue(value);
  }
  return result;
}

type Decode = (value: unknown) => unknown;

function isAllNull(object: object): boolean {
  return Object.values(object).every((value) => value === null);
}
