import { getDatabase, type Placeholders, preparedQuery } from '@org/db';
import * as drizzle from 'drizzle-orm';
import * as core from 'drizzle-orm/pg-core';
import { type BenchClient, POOL } from '../client.ts';
import { drizzleQueries } from '../drizzle-queries.ts';

type Value = { value: number };

export default async function open(url: string): Promise<BenchClient> {
  const db = getDatabase(url, { max: POOL });
  const queries = drizzleQueries(drizzle, core);
  const point = preparedQuery('point', (handle, { value }: Placeholders<Value>) =>
    queries.point(handle as never, value),
  );
  const list = preparedQuery('list', (handle, { value }: Placeholders<Value>) => queries.list(handle as never, value));
  const aggregate = preparedQuery('aggregate', (handle, { value }: Placeholders<Value>) =>
    queries.aggregate(handle as never, value),
  );
  const insert = preparedQuery('insert', (handle, { value }: Placeholders<Value>) =>
    queries.insert(handle as never, value),
  );
  return {
    point: (value) => point(db, { value }),
    list: (value) => list(db, { value }),
    aggregate: (value) => aggregate(db, { value }),
    insert: (value) => insert(db, { value }),
    close: () => db.$client.end(),
  };
}
