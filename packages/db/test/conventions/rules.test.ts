import { sql } from 'drizzle-orm';
import {
  boolean,
  check,
  foreignKey,
  index,
  integer,
  type PgTable,
  pgSchema,
  pgTable,
  serial,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import { describe, expect, it } from 'vitest';
import { id, softDelete, timestamps } from '../../src/schema/columns.ts';
import { files, users } from '../../src/schema/index.ts';
import { owner } from '../../src/schema/owner.ts';
import { findViolations, RULES, type RuleName } from './rules.ts';

const shop = pgSchema('shop');
const base = { ...id, ...timestamps };
const owned = { ...base, ...owner() };
const LONG = 'what_is_meant_by_this_is_known_to_its_author_and_to_nobody_else';

const good = shop.table('orders', owned, (t) => [index('idx_orders_user_id').on(t.userId)]);

/** A table that breaks the rule, and what is said about it. */
const BAD: Record<RuleName, [PgTable, string]> = {
  'table name': [shop.table('orderItem', base), 'shop.orderItem: is not a snake_case plural'],
  'own schema': [
    pgTable('orders', base),
    'public.orders: is in no PostgreSQL schema: declare it with pgSchema(…).table',
  ],
  'column name': [shop.table('orders', { ...base, zipCode: text() }), 'shop.orders: zipCode is not snake_case'],
  boolean: [
    shop.table('orders', { ...base, paid: boolean('paid') }),
    'shop.orders: paid is a boolean and begins with neither is_ nor has_',
  ],
  timestamp: [
    shop.table('orders', { ...base, paidAt: timestamp('paid_at') }),
    'shop.orders: paid_at: a moment ends with _at and is made with timestamptz() of columns.ts',
  ],
  count: [
    shop.table('orders', { ...base, numItems: integer('num_items') }),
    'shop.orders: num_items is a count and does not end with _count',
  ],
  serial: [
    shop.table('orders', { ...base, position: serial('position') }),
    'shop.orders: position is numbered by a sequence: use an id of uuidv7()',
  ],
  id: [
    shop.table('orders', { id: uuid('id').primaryKey().defaultRandom(), ...timestamps }),
    'shop.orders: id is not a uuid primary key with the default uuidv7()',
  ],
  timestamps: [
    shop.table('orders', { ...id, createdAt: timestamps.createdAt }),
    'shop.orders: has no updated_at NOT NULL DEFAULT now()',
  ],
  owner: [
    shop.table('orders', base),
    'shop.orders: has no user_id NOT NULL; if it belongs to no user, add it to BELONGS_TO_NOBODY',
  ],
  'foreign key': [
    shop.table('orders', { ...base, buyerId: uuid('buyer_id').references(() => users.id) }),
    'shop.orders: buyer_id references identity.users and is not called user_id',
  ],
  domain: [
    shop.table('orders', { ...base, fileId: uuid('file_id').references(() => files.id) }),
    'shop.orders: file_id references files.files: across domains only identity.users(id)',
  ],
  "owner's parent": [
    shop.table('items', { ...owned, orderId: uuid('order_id').references(() => good.id) }),
    "shop.items: order_id: reference (user_id, id) of shop.orders, or it may be someone else's",
  ],
  'foreign key index': [
    shop.table('orders', owned, (t) => [index('idx_orders_user_id_live').on(t.userId).where(sql`${t.id} is null`)]),
    'shop.orders: no index begins with the foreign key (user_id)',
  ],
  'index name': [
    shop.table('orders', owned, (t) => [index('orders_by_user').on(t.userId)]),
    'shop.orders: index orders_by_user is not called idx_orders_user_id',
  ],
  'constraint name': [
    shop.table('orders', owned, (t) => [
      foreignKey({ name: 'order_owner', columns: [t.userId], foreignColumns: [users.id] }),
    ]),
    'shop.orders: constraint order_owner is not called orders_user_id_users_id_fk',
  ],
  'name length': [
    shop.table('orders', base, (t) => [check(`orders_${LONG}_check`, sql`${t.id} is not null`)]),
    `shop.orders: orders_${LONG}_check is longer than 63 bytes, which PostgreSQL cuts`,
  ],
  'soft delete': [
    shop.table('orders', { ...base, ...softDelete }, (t) => [uniqueIndex('idx_orders_created_at').on(t.createdAt)]),
    'shop.orders: unique index idx_orders_created_at counts deleted rows: add where deleted_at is null',
  ],
};

describe('the conventions', () => {
  it('find nothing in a good table', () => {
    expect(findViolations([good])).toEqual([]);
  });

  it.each(Object.keys(RULES) as RuleName[])('can fail: %s', (rule) => {
    const [table, message] = BAD[rule];
    expect(findViolations([table])).toContain(`${message} (${rule})`);
  });

  const more: [RuleName, PgTable, string][] = [
    ['id', shop.table('orders', timestamps), 'has neither an id nor a primary key made of its foreign keys'],
    ['id', shop.table('orders', { id: integer('id').primaryKey() }), 'id is not a uuid primary key'],
    [
      'timestamp',
      shop.table('orders', { paid: timestamp('paid', { withTimezone: true, precision: 3 }) }),
      'paid: a moment',
    ],
    ['timestamp', shop.table('orders', { paidAt: text('paid_at') }), 'paid_at: a moment ends with _at'],
    ['timestamps', shop.table('orders', { updatedAt: timestamp('updated_at').notNull().defaultNow() }), 'is not kept'],
    ['owner', shop.table('orders', { userId: uuid('user_id').notNull() }), 'does not reference identity.users'],
    ['foreign key', shop.table('orders', { buyer: uuid('buyer').references(() => users.id) }), 'ends with none of'],
    ['serial', shop.table('orders', { n: integer('n').generatedAlwaysAsIdentity() }), 'numbered by a sequence'],
    ['constraint name', shop.table('orders', { code: text('code').unique() }), 'make it unique with a uniqueIndex'],
    ['constraint name', shop.table('orders', base, () => [check('positive', sql`true`)]), 'check positive'],
    ['index name', shop.table('orders', base, (t) => [index().on(t.createdAt)]), 'index without a name'],
  ];
  it.each(more)('can fail in other ways: %s', (rule, table, message) => {
    const ofRule = findViolations([table]).filter((violation) => violation.endsWith(`(${rule})`));
    expect(ofRule.join('\n')).toContain(message);
  });
});
