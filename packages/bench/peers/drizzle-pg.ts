import * as drizzleOrm from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import * as core from 'drizzle-orm/pg-core';
import pg from 'pg';
import { POOL } from '../src/queries/client.ts';
import { drizzleQueries } from '../src/queries/drizzle-queries.ts';

export default async function open(url) {
  const pool = new pg.Pool({ connectionString: url, max: POOL });
  const db = drizzle(pool);
  const queries = drizzleQueries(drizzleOrm, core);
  return {
    point: async (id) => queries.point(db, id),
    list: async (before) => queries.list(db, before),
    aggregate: async (customerId) => queries.aggregate(db, customerId),
    insert: async (customerId) => queries.insert(db, customerId),
    close: () => pool.end(),
  };
}
