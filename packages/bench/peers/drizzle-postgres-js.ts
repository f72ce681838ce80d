import * as drizzleOrm from 'drizzle-orm';
import * as core from 'drizzle-orm/pg-core';
import { drizzle } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import { POOL } from '../src/queries/client.ts';
import { drizzleQueries } from '../src/queries/drizzle-queries.ts';

export default async function open(url) {
  const sql = postgres(url, { max: POOL, onnotice: () => {} });
  const db = drizzle(sql);
  const queries = drizzleQueries(drizzleOrm, core);
  return {
    point: async (id) => queries.point(db, id),
    list: async (before) => queries.list(db, before),
    aggregate: async (customerId) => queries.aggregate(db, customerId),
    insert: async (customerId) => queries.insert(db, customerId),
    close: () => sql.end(),
  };
}
