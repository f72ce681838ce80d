import { Kysely, sql } from 'kysely';
import { PostgresJSDialect } from 'kysely-postgres-js';
import postgres from 'postgres';
import { POOL } from '../src/queries/client.ts';

export default async function open(url) {
  const db = new Kysely({
    dialect: new PostgresJSDialect({ postgres: postgres(url, { max: POOL, onnotice: () => {} }) }),
  });
  const columns = ['id', 'customer_id', 'status', 'total', 'note', 'created_at', 'updated_at'];
  const orders = () => db.selectFrom('orders').select(columns);
  return {
    point: (id) => orders().where('id', '=', id).executeTakeFirst(),
    list: (before) => orders().where('id', '<', before).orderBy('id', 'desc').limit(20).execute(),
    aggregate: (customerId) =>
      db
        .selectFrom('customers as c')
        .innerJoin('orders as o', 'o.customer_id', 'c.id')
        .innerJoin('order_items as i', 'i.order_id', 'o.id')
        .select(['o.status', sql`count(*)::int`.as('orders'), sql`sum(i.quantity * i.price)::int`.as('total')])
        .where('c.id', '=', customerId)
        .groupBy('o.status')
        .execute(),
    insert: (customerId) =>
      db
        .insertInto('orders')
        .values({ customer_id: customerId, status: 'open', total: 5, note: 'a note' })
        .returning('id')
        .executeTakeFirst(),
    close: () => db.destroy(),
  };
}
