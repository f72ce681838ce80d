import type { TransactionSql } from 'postgres';

const TABLE = String.raw`((?:"[^"]+"\.)?"[^"]+")`;
const DROP_TABLE = new RegExp(`^DROP TABLE ${TABLE}`);
const DROP_COLUMN = new RegExp(`^ALTER TABLE ${TABLE} DROP COLUMN ("[^"]+")`);
const CHANGE_TYPE = new RegExp(`^ALTER TABLE ${TABLE} ALTER COLUMN ("[^"]+") SET DATA TYPE`);
const DROP_STORED = new RegExp(`^DROP MATERIALIZED VIEW ${TABLE}`);

/** What a statement would lose, judged by the rows that are there: at most one sentence. */
export async function findLosses(tx: TransactionSql, statement: string): Promise<string[]> {
  const [, table, column] =
    statement.match(DROP_TABLE) ??
    statement.match(DROP_STORED) ??
    statement.match(DROP_COLUMN) ??
    statement.match(CHANGE_TYPE) ??
    [];
  if (!table) return [];
  const filter = column ? `where ${column} is not null` : '';
  const [{ rows }] = await tx.unsafe<[{ rows: number }]>(`select count(*)::int as rows from ${table} ${filter}`);
  if (rows === 0) return [];
  const name = `${table}${column ? `.${column}` : ''}`.replaceAll('"', '');
  return [
    CHANGE_TYPE.test(statement) ? `${name} changes its type in ${rows} rows` : `${name} is dropped with ${rows} rows`,
  ];
}
