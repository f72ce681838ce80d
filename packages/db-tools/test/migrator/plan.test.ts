import { expect, test } from 'vitest';
import { migrate, plan } from '../../src/migrator/index.ts';
import { createDatabase } from './database.ts';
import { createProject } from './project.ts';

test('the plan tells mode, lock, size and hazards of every statement to come', async () => {
  const { url, sql } = await createDatabase();
  const { directory, add } = createProject({
    '0000_users': 'create table users as select g as id from generate_series(1, 5000) g',
  });
  await migrate({ url, directory });
  await sql`vacuum analyze users`;
  add(
    '0001_orders',
    'create table orders (id int);\nalter table orders add column user_id int not null;\nalter table users drop column id;',
  );
  add(
    '0002_index',
    "create index concurrently users_id on users (id);\nalter type mood add value 'ok';\nselect 'ok'::mood",
  );

  const { migrations, pending } = await plan({ url, directory });

  expect(pending).toBe(2);
  expect(migrations).toMatchObject([
    {
      tag: '0001_orders',
      mode: 'transaction',
      statements: [
        { number: 1, line: 1, transaction: 1, done: false, effects: [] },
        { number: 2, line: 2, transaction: 1, effects: [{ table: 'orders', isNew: true, hazards: [] }] },
        {
          number: 3,
          line: 3,
          transaction: 1,
          effects: [
            {
              table: 'users',
              lock: 'ACCESS EXCLUSIVE',
              isNew: false,
              rows: 5000,
              hazards: ['blocks-reads', 'blocks-writes', 'deletes-data'],
            },
          ],
        },
      ],
    },
    {
      tag: '0002_index',
      mode: 'steps',
      statements: [
        {
          number: 1,
          transaction: null,
          effects: [{ table: 'users', lock: 'SHARE UPDATE EXCLUSIVE', hazards: ['builds-index'] }],
        },
        { number: 2, transaction: 1, effects: [] },
        { number: 3, transaction: 2, effects: [] },
      ],
    },
  ]);
  expect(migrations[0]!.statements[2]!.effects[0]!.bytes).toBeGreaterThan(100_000);
});
