import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { layOut } from '../../src/diagram/layout.ts';
import { readModel } from '../../src/diagram/model.ts';
import { drawSvg } from '../../src/diagram/svg.ts';
import { readMigrationFolder } from '../../src/generate/migration-folder.ts';
import type { Snapshot } from '../../src/generate/snapshot.ts';
import { createProject } from './project.ts';

const project = createProject();
afterAll(() => project.remove());

test('draws the newest snapshot without a database, once, and --check tells when it is stale', async () => {
  const run = (...args: string[]) => project.db(['diagram', '--json', ...args], { url: null, env: { CI: 'true' } });
  const files = ['docs/assets/schema.svg', 'docs/reference/schema.md'];

  const missing = await run('--check');
  expect([missing.exit, missing.json.error.code, missing.json.files]).toEqual([3, 'diagram_stale', files]);
  expect((await run()).json).toEqual({ ok: true, files });
  expect((await run('--check')).json).toEqual({ ok: true, files: [] });

  const page = project.read('docs/reference/schema.md');
  expect(page).toContain('](../assets/schema.svg)');
  expect(page).toContain('    text country_code FK\n');
  expect(page).toContain('- `sales.orders.country_code` → `public.countries.code`');
  expect(page).toContain('- `order_state`: `open`, `paid`');

  project.write('docs/reference/schema.md', page.replace('country_code', 'country'));
  const stale = await run('--check');
  expect([stale.exit, stale.json.files]).toEqual([3, ['docs/reference/schema.md']]);
});

/** Five domains in which each table points at the first of its own domain and at that of every other. */
function manyDomains(): Snapshot {
  const names = ['a', 'b', 'c', 'd', 'e'];
  const tables = names.flatMap((schema) => ['one', 'two'].map((name) => ({ schema, name })));
  const column = (name: string) => ({ name, type: 'uuid', primaryKey: name === 'id', notNull: true });
  const entries = tables.map(({ schema, name }) => {
    const references = names.map((schemaTo) => ({
      name: `${schemaTo}_fk`,
      tableFrom: name,
      tableTo: 'one',
      schemaTo,
      columnsFrom: [`${schemaTo}_id`],
      columnsTo: ['id'],
    }));
    const columns = ['id', ...names.map((other) => `${other}_id`)].map((other) => [other, column(other)]);
    const none = { indexes: {}, compositePrimaryKeys: {}, uniqueConstraints: {}, checkConstraints: {}, policies: {} };
    const foreignKeys = Object.fromEntries(references.map((key) => [key.name, key]));
    return [`${schema}.${name}`, { schema, name, columns: Object.fromEntries(columns), foreignKeys, ...none }];
  });
  return { tables: Object.fromEntries(entries), enums: {} } as Snapshot;
}

test('a line begins and ends at its tables, runs straight, and crosses no table on its way', () => {
  const { lines, domains } = layOut(readModel(manyDomains()));
  const boxes = domains.flatMap(({ tables }) => tables.map(({ table, box }) => ({ path: table.path, ...box })));
  expect(lines).toHaveLength(50);
  for (const { key, points } of lines) {
    for (const [at, { x, y }] of points.slice(1).entries()) {
      const before = points[at]!;
      expect(before.x === x || before.y === y, `${key.name} of ${key.from} is straight`).toBe(true);
      const crossed = boxes.find(
        (box) =>
          Math.max(x, before.x) > box.x &&
          Math.min(x, before.x) < box.x + box.width &&
          Math.max(y, before.y) > box.y &&
          Math.min(y, before.y) < box.y + box.height,
      );
      expect(crossed?.path, `crossed by ${key.name} of ${key.from}`).toBeUndefined();
    }
  }
});

test('the same schema is the same picture, in whatever order its tables are written', () => {
  const snapshot = manyDomains();
  const tables = Object.fromEntries(Object.entries(snapshot.tables).reverse());
  expect(drawSvg(readModel({ ...snapshot, tables }))).toBe(drawSvg(readModel(snapshot)));
});

test('docs/reference/schema.md and its picture show the newest migration; pnpm db:diagram writes them', async () => {
  const root = join(import.meta.dirname, '../../../..');
  const { last } = readMigrationFolder(join(root, 'packages/db/migrations'));
  expect(readFileSync(join(root, 'docs/assets/schema.svg'), 'utf8')).toBe(drawSvg(readModel(last)));
});
