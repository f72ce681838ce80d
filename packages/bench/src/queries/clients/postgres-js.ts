import postgres from 'postgres';
import { type BenchClient, POOL } from '../client.ts';
import { SQL } from '../tables.ts';

/** The driver alone: what the others are compared with. */
export default async function open(url: string): Promise<BenchClient> {
  const sql = postgres(url, { max: POOL, onnotice: () => {} });
  const run = (text: string, values: (number | string)[]) => sql.unsafe(text, values, { prepare: true });
  return {
    point: async (id) => run(SQL.point, [id]),
    list: async (before) => run(SQL.list, [before, 20]),
    aggregate: async (customerId) => run(SQL.aggregate, [customerId]),
    insert: async (customerId) => run(SQL.insert, [customerId, 'open', 5, 'a note']),
    close: () => sql.end(),
  };
}
