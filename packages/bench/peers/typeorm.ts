import 'reflect-metadata';
import { DataSource, EntitySchema, LessThan } from 'typeorm';
import { POOL } from '../src/queries/client.ts';

const Order = new EntitySchema({
  name: 'orders',
  columns: {
    id: { type: 'bigint', primary: true, generated: true },
    customerId: { type: 'int', name: 'customer_id' },
    status: { type: 'text' },
    total: { type: 'int' },
    note: { type: 'text', nullable: true },
    createdAt: { type: 'timestamptz', name: 'created_at', default: () => 'now()' },
    updatedAt: { type: 'timestamptz', name: 'updated_at', default: () => 'now()' },
  },
});

export default async function open(url) {
  const source = await new DataSource({ type: 'postgres', url, entities: [Order], extra: { max: POOL } }).initialize();
  const orders = source.getRepository(Order);
  return {
    point: (id) => orders.findOneBy({ id }),
    list: (before) => orders.find({ where: { id: LessThan(before) }, order: { id: 'DESC' }, take: 20 }),
    aggregate: (customerId) =>
      source
        .createQueryBuilder()
        .select('o.status', 'status')
        .addSelect('count(*)::int', 'orders')
        .addSelect('sum(i.quantity * i.price)::int', 'total')
        .from('customers', 'c')
        .innerJoin('orders', 'o', 'o.customer_id = c.id')
        .innerJoin('order_items', 'i', 'i.order_id = o.id')
        .where('c.id = :customerId', { customerId })
        .groupBy('o.status')
        .getRawMany(),
    insert: (customerId) => orders.insert({ customerId, status: 'open', total: 5, note: 'a note' }),
    close: () => source.destroy(),
  };
}
