import { type Placeholder, sql } from 'drizzle-orm';
import type { ClientQuery, ClientSession } from './client/drizzle.ts';
import type { Database } from './transaction.ts';

/** A value, or what stands for it while a query is built. */
export type Value<T> = T | Placeholder<string, T>;

/**
 * For each value that the query takes, what stands for it while the query is built; null and undefined stand for
 * themselves.
 */
export type Placeholders<Values> = {
  [Name in keyof Values & string]:
    | Placeholder<Name, NonNullable<Values[Name]>>
    | Extract<Values[Name], null | undefined>;
};

interface Preparable<Result> {
  prepare(name: string): { execute(values: Record<string, unknown>): Promise<Result> };
}

/**
 * A query whose SQL is built once per process and kept prepared on every connection: for what runs in most requests. It
 * takes the handle of the moment, a transaction too; its name goes before the SQL as a comment, and into metrics.
 *
 *     export const findFile = preparedQuery('findFile', (db, { userId, id }: Placeholders<{ userId: string; id: string
 * }>) =>
 *       db.select().from(files).where(and(eq(files.userId, userId), eq(files.id, id))),
 *     );
 *     const [file] = await findFile(db, { userId, id });
 *
 * It is built once more for each set of values that are null or undefined, so `folderId && eq(files.folderId,
 * folderId)` is a condition that is there when it is asked for. What depends on a value in another way belongs in an
 * ordinary query.
 */
export function preparedQuery<Values extends object, Result>(
  name: string,
  build: (db: Database, placeholders: Placeholders<Values>) => Preparable<Result>,
): (db: Database, values: Values) => Promise<Result> {
  const queries = new Map<string, ClientQuery<never>>();
  return async (db, values) => {
    const shape = shapeOf(values);
    let query = queries.get(shape);
    if (!query) {
      query = build(db, placeholders(values)).prepare(name) as unknown as ClientQuery<never>;
      queries.set(shape, query);
    }
    const { session } = db as unknown as { session: ClientSession };
    return (await query.executeOn(session.runner, values as Record<string, unknown>)) as Result;
  };
}

function shapeOf(values: object): string {
  let shape = '';
  for (const name in values) {
    const value = values[name as keyof typeof values];
    if (value !== undefined) shape += value === null ? `${name} null,` : `${name},`;
  }
  return shape;
}

function placeholders<Values extends object>(values: Values): Placeholders<Values> {
  const entries = Object.entries(values).map(([name, value]) => [name, value == null ? value : sql.placeholder(name)]);
  return Object.fromEntries(entries) as Placeholders<Values>;
}
