import pg from 'pg';
import { POOL } from '../src/queries/client.ts';
import { SQL } from '../src/queries/tables.ts';

export default async function open(url) {
  const pool = new pg.Pool({ connectionString: url, max: POOL });
  return {
    point: (id) => pool.query(SQL.point, [id]),
    list: (before) => pool.query(SQL.list, [before, 20]),
    aggregate: (customerId) => pool.query(SQL.aggregate, [customerId]),
    insert: (customerId) => pool.query(SQL.insert, [customerId, 'open', 5, 'a note']),
    close: () => pool.end(),
  };
}
