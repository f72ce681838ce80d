import { type Placeholder, sql } from 'drizzle-orm';
import type { ClientQuery, ClientSession } from './client/drizzle.ts';
import type { Database } from './transaction.ts';

/** For each value that the query takes, what stands for it while the query is built. */
export type Placeholders<Values> = { [Name in keyof Values & string]: Placeholder<Name, Values[Name]> };

interface Preparable<Result> {
  prepare(name: string): { execute(values: Record<string, unknown>): Promise<Result> };
}

/**
 * A query whose SQL is built once per process and kept prepared on every connection: for what runs in most requests. It takes the
 * handle of the moment, a transaction too.
 *
 *     export const findFile = preparedQuery('findFile', (db, { userId, id }: Placeholders<{ userId: string; id: string }>) =>
 *       db.select().from(files).where(and(eq(files.userId, userId), eq(files.id, id))),
 *     );
 *     const [file] = await findFile(db, { userId, id });
 *
 * Its shape is fixed: a condition or a column that depends on a value belongs into an ordinary query.
 */
export function preparedQuery<Values extends Record<string, unknown>, Result>(
  name: string,
  build: (db: Database, placeholders: Placeholders<Values>) => Preparable<Result>,
): (db: Database, values: Values) => Promise<Result> {
  let query: ClientQuery<never> | undefined;
  return async (db, values) => {
    query ??= build(db, placeholders()).prepare(name) as unknown as ClientQuery<never>;
    const { session } = db as unknown as { session: ClientSession };
    return (await query.executeOn(session.runner, values)) as Result;
  };
}

/** Any name that is asked for. */
function placeholders<Values>(): Placeholders<Values> {
  return new Proxy({}, { get: (_, name) => sql.placeholder(String(name)) }) as Placeholders<Values>;
}
