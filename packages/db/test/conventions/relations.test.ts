import {
  createTableRelationsHelpers,
  extractTablesRelationalConfig,
  getTableName,
  normalizeRelation,
  relations,
} from 'drizzle-orm';
import { foreignKey, pgSchema, uuid } from 'drizzle-orm/pg-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { id } from '../../src/schema/columns.ts';
import * as schema from '../../src/schema/index.ts';
import { owner } from '../../src/schema/owner.ts';
import {
  createFile,
  createFolder,
  createTag,
  createTestDatabase,
  createUser,
  creditBalance,
  type TestDatabase,
  tagFile,
} from '../../src/testing/index.ts';

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.close());

it('relations between tables of users join by the user too, which is how they are indexed and may be distributed', () => {
  expect(findJoinsWithoutOwner(schema)).toEqual([]);
});

it('that check can fail', () => {
  const shop = pgSchema('shop');
  const orders = shop.table('orders', { ...id, ...owner() });
  const lines = shop.table('lines', { ...id, ...owner(), orderId: uuid('order_id').notNull() }, (t) => [
    foreignKey({ columns: [t.userId, t.orderId], foreignColumns: [orders.userId, orders.id] }),
  ]);
  const ordersRelations = relations(orders, ({ many }) => ({ lines: many(lines) }));
  const linesRelations = relations(lines, ({ one }) => ({
    order: one(orders, { fields: [lines.orderId], references: [orders.id] }),
  }));
  expect(findJoinsWithoutOwner({ orders, lines, ordersRelations, linesRelations })).toEqual([
    'orders.lines',
    'lines.order',
  ]);
});

it('a file is read with its folder, its versions and its tags, a usage with its refunds', async () => {
  const { id: userId } = await createUser(test.db);
  const parent = await createFolder(test.db, { userId });
  const folder = await createFolder(test.db, { userId, parentId: parent.id });
  const file = await createFile(test.db, { userId, folderId: folder.id });
  const tag = await createTag(test.db, { userId });
  await tagFile(test.db, file, tag);
  const found = await test.db.query.files.findFirst({
    with: { folder: { with: { parent: true } }, versions: true, fileTags: { with: { tag: true } } },
  });
  expect(found).toMatchObject({ id: file.id, folder: { id: folder.id, parent: { id: parent.id } } });
  expect(found!.versions).toMatchObject([{ fileId: file.id, number: 1 }]);
  expect(found!.fileTags).toMatchObject([{ tag: { id: tag.id } }]);

  await creditBalance(test.db, { userId, amount: 10 });
  const usage = await creditBalance(test.db, { userId, amount: -5, type: 'usage' });
  const refund = await creditBalance(test.db, { userId, amount: 5, type: 'refund', refundOf: usage.id });
  const ledger = await test.db.query.transactions.findMany({ with: { refundedUsage: true, refunds: true } });
  const usages = ledger.filter(({ refunds }) => refunds.length > 0);
  expect(usages).toMatchObject([{ id: usage.id, refundedUsage: null, refunds: [{ id: refund.id }] }]);
});

/** `table.relation` of each that leads from a user's row to one that may be another user's. */
function findJoinsWithoutOwner(exported: Record<string, unknown>): string[] {
  const { tables, tableNamesMap } = extractTablesRelationalConfig(exported, createTableRelationsHelpers);
  return Object.values(tables).flatMap((table) =>
    Object.values(table.relations)
      .filter(({ referencedTable }) => 'userId' in table.columns && 'userId' in referencedTable)
      .filter((relation) => {
        const { fields, references } = normalizeRelation(tables, tableNamesMap, relation);
        return !fields.some(({ name }, i) => name === 'user_id' && references[i]!.name === 'user_id');
      })
      .map(({ sourceTable, fieldName }) => `${getTableName(sourceTable)}.${fieldName}`),
  );
}
