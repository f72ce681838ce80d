import { quoteIdentifier, quoteLiteral } from '../migrator/quote.ts';
import { isRequiredBefore } from './known.ts';
import type { Column } from './parsed.ts';
import type { Batch, SafeStep } from './rule.ts';
import { joinStatements } from './safe-form.ts';
import { fitName, keyOf, type SqlName } from './sql-name.ts';

/** The column alone: nullable, without a default, at once. */
export function addColumn(table: SqlName, { name, type }: Column): SafeStep {
  return {
    migration: `add_${table.name}_${name.name}`,
    sql: `ALTER TABLE ${table.sql} ADD COLUMN ${quoteIdentifier(name.name)} ${type};`,
  };
}

/**
 * A column whose rows are filled behind it; new ones get their value from a default or from the code that writes them.
 */
export function fillColumnSafely(table: SqlName, column: Column, batch: Batch): SafeStep[] {
  const { name, counts, stored, notNull } = column;
  const label = `${table.name}_${name.name}`;
  const altering = `ALTER TABLE ${table.sql} ALTER COLUMN ${quoteIdentifier(name.name)}`;
  const sequence = `${table.schema === undefined ? '' : `${quoteIdentifier(table.schema)}.`}${quoteIdentifier(fitName(`${label}_seq`))}`;
  const value = counts
    ? `nextval(${quoteLiteral(sequence).trim()})`
    : (column.value ?? sampleValue(column.type, batch));
  const type = COUNTED[column.type.toLowerCase()] ?? column.type;
  const statements = [
    `ALTER TABLE ${table.sql} ADD COLUMN ${quoteIdentifier(name.name)} ${type}`,
    ...(counts ? [`CREATE SEQUENCE ${sequence} AS ${type} OWNED BY ${table.sql}.${quoteIdentifier(name.name)}`] : []),
    ...(counts || (column.value !== undefined && !stored) ? [`${altering} SET DEFAULT ${value}`] : []),
  ];
  return [
    { migration: `add_${label}`, sql: joinStatements(statements) },
    ...(stored || (!counts && column.value === undefined) ? [{ do: `release code that writes ${name.sql}` }] : []),
    value === undefined
      ? { do: `write a migration that fills ${name.sql} where it is NULL` }
      : { migration: `backfill_${label}`, sql: backfillSafely(table, name.name, value) },
    ...(notNull && !column.primaryKey
      ? [{ migration: `require_${label}`, sql: requireColumnSafely(table, name.name) }]
      : []),
  ];
}

/** The types behind the serial ones, which exist in definitions only. */
const COUNTED: Record<string, string> = {
  smallserial: 'smallint',
  serial2: 'smallint',
  serial: 'integer',
  serial4: 'integer',
  bigserial: 'bigint',
  serial8: 'bigint',
};

/**
 * NOT NULL on a column of a table with rows: the validated CHECK spares SET NOT NULL its scan (since PostgreSQL 12).
 */
export function requireColumnSafely(table: SqlName, column: string): string {
  const constraint = quoteIdentifier(fitName(`${table.name}_${column}_not_null_check`));
  const name = quoteIdentifier(column);
  return joinStatements(
    [
      `ALTER TABLE ${table.sql} ADD CONSTRAINT ${constraint} CHECK (${name} IS NOT NULL) NOT VALID`,
      `ALTER TABLE ${table.sql} VALIDATE CONSTRAINT ${constraint}`,
      `ALTER TABLE ${table.sql} ALTER COLUMN ${name} SET NOT NULL`,
      `ALTER TABLE ${table.sql} DROP CONSTRAINT ${constraint}`,
    ],
    'transaction=each',
  );
}

/**
 * A column beside the old one: both are written, the rows are filled, then readers move over, then the old one goes.
 * Before code leaves the old one out, that has to be allowed.
 */
export function replaceColumnSafely(
  table: SqlName,
  column: string,
  replacement: { name: string; type: string; value: string },
  batch: Batch,
): SafeStep[] {
  const [old, name] = [quoteIdentifier(column), quoteIdentifier(replacement.name)];
  const label = `${table.name}_${replacement.name}`;
  const isRequired = isRequiredBefore(batch, table, column);
  const free: SafeStep = {
    migration: `free_${table.name}_${column}`,
    sql: `ALTER TABLE ${table.sql} ALTER COLUMN ${old} DROP NOT NULL;`,
  };
  return [
    { migration: `add_${label}`, sql: `ALTER TABLE ${table.sql} ADD COLUMN ${name} ${replacement.type};` },
    { do: `release code that writes ${old} and ${name}, and reads ${old}` },
    { migration: `backfill_${label}`, sql: backfillSafely(table, replacement.name, replacement.value, old) },
    ...(isRequired ? [{ migration: `require_${label}`, sql: requireColumnSafely(table, replacement.name) }] : []),
    ...(isRequired === false ? [] : [free]),
    { do: `release code that uses ${name} alone` },
    {
      migration: `drop_${table.name}_${column}`,
      sql: joinStatements([`ALTER TABLE ${table.sql} DROP COLUMN ${old}`], 'phase=contract'),
    },
  ];
}

/**
 * Fills a column some pages of the table at a time, each in a transaction of its own: no lock is held for long, and
 * running it again goes on where it was. Rows where the column that the value is made `from` is NULL stay as they are.
 */
function backfillSafely(table: SqlName, column: string, value: string, from?: string): string {
  const name = quoteIdentifier(column);
  const update = `UPDATE ${table.sql} SET ${name} = ${value} WHERE ${name} IS NULL${from === undefined ? '' : ` AND ${from} IS NOT NULL`}`;
  return `-- db: transaction=none
DO $$
DECLARE
  pages bigint := pg_relation_size(${quoteLiteral(table.sql).trim()}) / current_setting('block_size')::bigint;
BEGIN
  FOR page IN 0..pages BY 100 LOOP
    ${update}
      AND ctid >= format('(%s,0)', page)::tid AND ctid < format('(%s,0)', page + 100)::tid;
    COMMIT;
  END LOOP;
  -- What was written meanwhile.
  ${update};
END
$$;`;
}

/** A value of the type, to be replaced by the right one; undefined where none is known. */
function sampleValue(type: string, batch: Batch): string | undefined {
  const base = type
    .toLowerCase()
    .replaceAll('"', '')
    .replace(/\s*\(.*\)/, '')
    .trim();
  if (base.endsWith('[]')) return `'{}'`;
  if (/^(text|citext|varchar|character varying|char|character|bytea)$/.test(base)) return `''`;
  if (/^(smallint|integer|int|int[248]|bigint|numeric|decimal|real|double precision|float\d?)$/.test(base)) return '0';
  if (/^(boolean|bool)$/.test(base)) return 'false';
  if (/^(timestamp|timestamptz|date|time)\b/.test(base)) return 'now()';
  if (/^jsonb?$/.test(base)) return `'{}'`;
  if (base === 'uuid') return 'gen_random_uuid()';
  if (base === 'interval') return `'0'`;
  const [value] = Object.values(batch.before?.enums ?? {}).find((known) => matches(known, base))?.values ?? [];
  return value === undefined ? undefined : quoteLiteral(value).trim();
}

function matches(known: { schema: string; name: string }, type: string): boolean {
  return [keyOf(known), known.name].some((name) => name.toLowerCase() === type);
}
