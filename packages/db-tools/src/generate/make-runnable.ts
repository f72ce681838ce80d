import { isAssignable } from '../lint/types.ts';
import { pathOf, quotePath, type Snapshot, type SnapshotColumn, type SnapshotTable } from './snapshot.ts';

/**
 * The statements of drizzle-kit 0.31 between two snapshots, with its mistakes corrected: a primary key that it leaves
 * to the reader to drop, a type change without USING, a sequence that goes on cycling, an index that was built
 * concurrently and is dropped otherwise.
 */
export function makeRunnable(statements: string[], from: Snapshot, to: Snapshot): string[] {
  return statements.flatMap((statement, index) => {
    const rest = statements.slice(index + 1);
    return (
      dropPrimaryKey(statement) ??
      changeType(statement, rest, from, to) ??
      stopCycling(statement) ??
      dropIndexConcurrently(statement, from) ?? [statement]
    );
  });
}

/** drizzle-kit writes a comment that asks for the name, which PostgreSQL made of the table's. */
function dropPrimaryKey(statement: string): string[] | undefined {
  const [, table] = /^-- ALTER TABLE (.+) DROP CONSTRAINT "<constraint_name>";/m.exec(statement) ?? [];
  if (!table) return undefined;
  const name = table.slice(table.lastIndexOf('"', table.length - 2) + 1, -1);
  return [`ALTER TABLE ${table} DROP CONSTRAINT "${cut(name, 63 - '_pkey'.length)}_pkey";`];
}

/** As PostgreSQL cuts names: at a number of bytes, between characters. */
function cut(name: string, bytes: number): string {
  let end = name.length;
  while (Buffer.byteLength(name.slice(0, end)) > bytes) end--;
  return name.slice(0, end);
}

/** Where no assignment cast leads from type to type, neither the values nor the default follow by themselves. */
function changeType(statement: string, rest: string[], from: Snapshot, to: Snapshot): string[] | undefined {
  const [, head, column, type] = /^(ALTER TABLE .+ ALTER COLUMN "(.+)") SET DATA TYPE ([^;]+);$/.exec(statement) ?? [];
  if (!head || !column || !type || / USING /.test(type)) return undefined;
  const before = findColumn(from, head, column);
  const after = findColumn(to, head, column);
  if (!before || !after || isAssignable(before.type, after.type)) return undefined;
  const changed = `${head} SET DATA TYPE ${type} USING "${column}"::${type};`;
  if (before.default === undefined) return [changed];
  const follows = rest.some((other) => other.startsWith(`${head} SET DEFAULT `));
  const again = after.default === undefined || follows ? [] : [`${head} SET DEFAULT ${after.default};`];
  return [`${head} DROP DEFAULT;`, changed, ...again];
}

function findColumn(snapshot: Snapshot, head: string, column: string): SnapshotColumn | undefined {
  const table = Object.values(snapshot.tables).find((each) => head.startsWith(`ALTER TABLE ${quotePath(each)} ALTER`));
  return table?.columns[column];
}

/** What ALTER SEQUENCE does not name stays as it is. */
function stopCycling(statement: string): string[] | undefined {
  return /^ALTER SEQUENCE .+ CACHE \d+;$/.test(statement) ? [statement.replace(/;$/, ' NO CYCLE;')] : undefined;
}

function dropIndexConcurrently(statement: string, from: Snapshot): string[] | undefined {
  const [, name] = /^DROP INDEX (".+");$/.exec(statement) ?? [];
  if (!name) return undefined;
  const indexes = Object.values(from.tables).flatMap((table) =>
    Object.values(table.indexes).map((index) => ({ ...index, path: indexPath(table, index.name) })),
  );
  const isConcurrent = indexes.some(({ path, concurrently }) => concurrently && path === name);
  return isConcurrent ? [`DROP INDEX CONCURRENTLY ${name};`] : undefined;
}

function indexPath(table: SnapshotTable, name: string): string {
  return quotePath({ schema: pathOf(table).split('.')[0]!, name });
}
