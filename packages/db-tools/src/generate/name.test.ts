import { index, integer, pgEnum, pgSchema, pgTable, text } from 'drizzle-orm/pg-core';
import { expect, test } from 'vitest';
import { takeSnapshot } from './drizzle-kit.ts';
import { deriveName, toFileName } from './name.ts';

const files = pgSchema('files');
const credits = pgSchema('credits');
const id = { id: integer().primaryKey() };
const base = { files, credits, table: files.table('files', { ...id, size: integer() }), users: pgTable('users', id) };

async function nameOf(after: Record<string, unknown>, before: Record<string, unknown> = base): Promise<string> {
  return deriveName(await takeSnapshot(before, ''), await takeSnapshot(after, ''), { renames: [], first: false });
}

test.each<[string, Record<string, unknown>]>([
  ['add_files_checksum', { table: files.table('files', { ...id, size: integer(), checksum: text() }) }],
  [
    'add_files_checksum_etag',
    { table: files.table('files', { ...id, size: integer(), checksum: text(), etag: text() }) },
  ],
  ['drop_files_size', { table: files.table('files', id) }],
  ['alter_files_size', { table: files.table('files', { ...id, size: integer().notNull() }) }],
  [
    'add_files_checksum',
    {
      table: files.table('files', { ...id, size: integer(), checksum: text() }, (t) => [index('idx_c').on(t.checksum)]),
    },
  ],
  ['add_idx_size', { table: files.table('files', { ...id, size: integer() }, (t) => [index('idx_size').on(t.size)]) }],
  ['create_credits_packages', { packages: credits.table('packages', id) }],
  ['create_orders', { orders: pgTable('orders', id) }],
  ['create_state', { state: pgEnum('state', ['a']) }],
  ['create_reports', { reports: pgSchema('reports') }],
  [
    'create_orders_and_2_more',
    { orders: pgTable('orders', id), users: pgTable('users', { ...id, a: text() }), table: files.table('files', id) },
  ],
])('%s', async (name, change) => {
  expect(await nameOf({ ...base, ...change })).toBe(name);
});

test('dropping a table is called so', async () => {
  const { users: _, ...rest } = base;
  expect(await nameOf(rest)).toBe('drop_users');
});

test('a name given by hand becomes one for a file', () => {
  expect(toFileName('Add  Größe/checksum ')).toBe('add_gro_e_checksum');
  expect(toFileName(`add_${'x'.repeat(40)}_${'y'.repeat(40)}`)).toBe(`add_${'x'.repeat(40)}`);
  expect(toFileName('../../etc')).toBe('etc');
});
