import type { TokenReader } from '../migrator/token-reader.ts';

/** The name of a table, type or index as PostgreSQL reads it. */
export interface SqlName {
  schema?: string;
  name: string;
  /** As it is written. */
  sql: string;
}

/** Reads the name that stands next; undefined when none does. */
export function readName(reader: TokenReader): SqlName | undefined {
  const sql = reader.name();
  if (sql === undefined) return undefined;
  const parts = (sql.match(/"(?:[^"]|"")*"|[^.]+/g) ?? []).map(fold);
  return { ...(parts.length > 1 ? { schema: parts.at(-2)! } : {}), name: parts.at(-1)!, sql };
}

/** Names without a schema are those of `public`. */
export function keyOf({ schema = 'public', name }: { schema?: string; name: string }): string {
  return `${schema}.${name}`;
}

export function isSame(a: SqlName | undefined, b: SqlName | undefined): boolean {
  return a !== undefined && b !== undefined && keyOf(a) === keyOf(b);
}

/** An unquoted name is read in lower case. */
function fold(part: string): string {
  const trimmed = part.trim();
  return trimmed.startsWith('"') ? trimmed.slice(1, -1).replaceAll('""', '"') : trimmed.toLowerCase();
}

/** A name of at most 63 bytes: PostgreSQL cuts what is longer. */
export function fitName(text: string): string {
  let fitting = text;
  while (Buffer.byteLength(fitting) > 63) fitting = fitting.slice(0, -1);
  return fitting;
}
