import { getDatabase } from '@org/db';
import * as drizzle from 'drizzle-orm';
import * as core from 'drizzle-orm/pg-core';
import { type BenchClient, POOL } from '../client.ts';
import { drizzleQueries } from '../drizzle-queries.ts';

export default async function open(url: string): Promise<BenchClient> {
  const db = getDatabase(url, { max: POOL });
  const queries = drizzleQueries(drizzle, core);
  const handle = db as never;
  return {
    point: async (id) => queries.point(handle, id),
    list: async (before) => queries.list(handle, before),
    aggregate: async (customerId) => queries.aggregate(handle, customerId),
    insert: async (customerId) => queries.insert(handle, customerId),
    close: () => db.$client.end(),
  };
}
