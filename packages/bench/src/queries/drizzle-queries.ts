import type * as drizzle from 'drizzle-orm';
import type * as core from 'drizzle-orm/pg-core';
import type { PgDatabase } from 'drizzle-orm/pg-core';

/** The queries in drizzle, of whichever copy of it: the peers have one of their own. */
export function drizzleQueries(
  { eq, lt, desc, sql }: Pick<typeof drizzle, 'eq' | 'lt' | 'desc' | 'sql'>,
  pg: typeof core,
) {
  const customers = pg.pgTable('customers', { id: pg.integer().primaryKey(), name: pg.text().notNull() });
  const orders = pg.pgTable('orders', {
    id: pg.bigint({ mode: 'number' }).primaryKey().generatedByDefaultAsIdentity(),
    customerId: pg.integer('customer_id').notNull(),
    status: pg.text().notNull(),
    total: pg.integer().notNull(),
    note: pg.text(),
    createdAt: pg.timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
    updatedAt: pg.timestamp('updated_at', { withTimezone: true }).notNull().defaultNow(),
  });
  const items = pg.pgTable('order_items', {
    id: pg.bigint({ mode: 'number' }).primaryKey(),
    orderId: pg.bigint('order_id', { mode: 'number' }).notNull(),
    quantity: pg.integer().notNull(),
    price: pg.integer().notNull(),
  });
  type Value = number | drizzle.Placeholder;
  type Db = PgDatabase<core.PgQueryResultHKT>;
  return {
    point: (db: Db, id: Value) => db.select().from(orders).where(eq(orders.id, id)),
    list: (db: Db, before: Value) =>
      db.select().from(orders).where(lt(orders.id, before)).orderBy(desc(orders.id)).limit(20),
    aggregate: (db: Db, customerId: Value) =>
      db
        .select({
          status: orders.status,
          orders: sql<number>`count(*)::int`,
          total: sql<number>`sum(${items.quantity} * ${items.price})::int`,
        })
        .from(customers)
        .innerJoin(orders, eq(orders.customerId, customers.id))
        .innerJoin(items, eq(items.orderId, orders.id))
        .where(eq(customers.id, customerId))
        .groupBy(orders.status),
    insert: (db: Db, customerId: Value) =>
      db
        .insert(orders)
        .values({ customerId: customerId as number, status: 'open', total: 5, note: 'a note' })
        .returning({ id: orders.id }),
  };
}
