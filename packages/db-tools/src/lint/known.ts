import { pathOf, type SnapshotTable } from '../generate/snapshot.ts';
import { addedByTable, type Parsed } from './parsed.ts';
import type { Batch } from './rule.ts';
import { isSame, keyOf, type SqlName } from './sql-name.ts';

/** The type of a column before the batch, as the snapshot has it (`varchar(255)`, `files.kind`). */
export function typeBefore({ before }: Batch, table: SqlName, column: string): string | undefined {
  const found = tableIn(before, table)?.columns[column];
  return (
    found && (found.typeSchema && found.typeSchema !== 'public' ? `${found.typeSchema}.${found.type}` : found.type)
  );
}

/** Whether a column was NOT NULL before the batch; undefined when nobody knows. */
export function isRequiredBefore({ before }: Batch, table: SqlName, column: string): boolean | undefined {
  return tableIn(before, table)?.columns[column]?.notNull;
}

/** The values of an enum before the batch. */
export function valuesBefore({ before }: Batch, type: SqlName): string[] | undefined {
  return Object.values(before?.enums ?? {}).find((found) => pathOf(found) === keyOf(type))?.values;
}

/** Whether these columns, in whatever order, are the first of an index that all rows are in. */
export function isIndexed(batch: Batch, table: SqlName, columns: string[]): boolean {
  const leads = (index: (string | undefined)[]) =>
    columns.every((column) => index.slice(0, columns.length).includes(column));
  const known = tableIn(batch.after, table);
  if (known && indexesOf(known).some(leads)) return true;
  const statements = [...batch.earlier(), ...batch.statements.map(({ parsed }) => parsed)];
  return statements.some((parsed) => indexesMadeBy(parsed, table).some(leads));
}

function indexesOf(table: SnapshotTable): string[][] {
  return [
    ...Object.values(table.indexes)
      .filter(({ where, columns }) =>
        servesAll(
          where,
          columns.map(({ expression }) => expression),
        ),
      )
      .map(({ columns }) => columns.map(({ expression, isExpression }) => (isExpression ? '' : expression))),
    ...Object.values(table.compositePrimaryKeys).map(({ columns }) => columns),
    ...Object.values(table.uniqueConstraints).map(({ columns }) => columns),
    ...Object.values(table.columns)
      .filter(({ primaryKey }) => primaryKey)
      .map(({ name }) => [name]),
  ];
}

function indexesMadeBy(parsed: Parsed, table: SqlName): (string | undefined)[][] {
  if (parsed.kind === 'create-index') {
    const { columns, where } = parsed;
    return isSame(parsed.table, table) && servesAll(where, columns) ? [columns] : [];
  }
  const added = addedByTable(parsed);
  if (!added || !isSame(added.table, table)) return [];
  const { columns, constraints } = added;
  return [
    ...constraints
      .filter(({ type }) => type === 'primary key' || type === 'unique')
      .map((constraint) => constraint.columns.map(({ name }) => name)),
    ...columns.filter(({ primaryKey, unique }) => primaryKey || unique).map(({ name }) => [name.name]),
  ];
}

/** A partial index is of use to a foreign key when it leaves out nothing but NULLs, which point to no row. */
function servesAll(where: string | undefined, columns: (string | undefined)[]): boolean {
  if (where === undefined) return true;
  return where.split(/\band\b/i).every((part) => {
    const [, column] = /^[\s(]*(?:[\w"]+\.)*"?(\w+)"?\s+is\s+not\s+null[\s)]*$/i.exec(part) ?? [];
    return column !== undefined && columns.includes(column);
  });
}

function tableIn(snapshot: Batch['before'], table: SqlName): SnapshotTable | undefined {
  return Object.values(snapshot?.tables ?? {}).find((found) => pathOf(found) === keyOf(table));
}
