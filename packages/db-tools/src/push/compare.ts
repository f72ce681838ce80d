import { AsyncLocalStorage } from 'node:async_hooks';
import type { TransactionSql } from 'postgres';
import { DbError } from '../errors.ts';
import { contained } from '../generate/drizzle-kit.ts';

/**
 * The statements that drizzle-kit would push. It is let near the database with corrected queries only (0.31.11):
 * it counts rows to put TRUNCATE before statements that would fail on a table with rows, and asks on a terminal; told
 * that every table is empty it does neither. See repairQuery for the others.
 */
export async function compareWithSchema(
  tx: TransactionSql,
  exports: Record<string, unknown>,
  schemas: string[],
): Promise<string[]> {
  const { pushSchema } = await import('drizzle-kit/api');
  const failure = Promise.withResolvers<never>();
  const database = {
    execute: async (query: unknown) => {
      const text = repairQuery(textOf(query));
      if (/^\s*select count\(\*\) as count/i.test(text)) return { rows: [{ count: 0 }] };
      try {
        return { rows: await tx.unsafe(text) };
      } catch (error) {
        failure.reject(error);
        // Thrown here, it would go through promises of drizzle-kit that nobody listens to.
        return await new Promise<never>(() => {});
      }
    },
  };
  const push = contained(() => pushSchema(exports, database as never, schemas));
  return (await Promise.race([failure.promise, push])).statementsToExecute;
}

/** Each table is read in an asynchronous flow of its own; this remembers which one. */
const tableOfFlow = new AsyncLocalStorage<{ schema: string; table: string }>();

/** drizzle-kit 0.31.11 reads columns of constraints in no order, and loses the parameters of one query. */
function repairQuery(text: string): string {
  const named = text.match(/tc\.table_name = '(.*)' and constraint_schema = '(.*)';$/);
  if (named) {
    tableOfFlow.enterWith({ table: named[1]!, schema: named[2]! });
    return text
      .replace('constraint_column_usage AS ccu USING (constraint_schema, constraint_name)', KEY_COLUMNS)
      .replace(/;$/, ' ORDER BY constraint_name, ccu.ordinal_position;');
  }
  if (text.includes("con.contype IN ('f')")) {
    return text.replace(
      /con\.contype IN \('f'\);/,
      `con.contype IN ('f') AND array_position(con.conkey, att.attnum) = array_position(con.confkey, fatt.attnum)
       ORDER BY con.conname, array_position(con.conkey, att.attnum);`,
    );
  }
  if (text.includes('$1::regnamespace')) {
    const { schema, table } = tableOfFlow.getStore()!;
    return text.replace('$1::regnamespace', `quote_ident('${schema}')::regnamespace`).replace('$2', `'${table}'`);
  }
  return text;
}

const KEY_COLUMNS = 'key_column_usage AS ccu USING (constraint_schema, constraint_name, table_schema, table_name)';

/** The text of drizzle-orm's sql.raw(): chunks of plain text. */
function textOf(query: unknown): string {
  const chunks = (query as { queryChunks?: { value: string[] }[] }).queryChunks;
  if (!chunks) throw new DbError('push_failed', 'drizzle-kit sent a query of a kind that is not known here.');
  return chunks.flatMap(({ value }) => value).join('');
}
