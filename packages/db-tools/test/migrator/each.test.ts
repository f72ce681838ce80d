import { expect, test } from 'vitest';
import { migrate, plan, status } from '../../src/migrator/index.ts';
import { createDatabase } from './database.ts';
import { createProject } from './project.ts';

test('transaction=each commits every statement with its record, so that a failed file goes on behind the last one', async () => {
  const { url, sql } = await createDatabase();
  await sql.unsafe('create table a (id int); insert into a values (null)');
  const { directory } = createProject({
    '0000_require': `-- db: transaction=each
alter table a add constraint c check (id is not null) not valid;
alter table a validate constraint c;
alter table a alter column id set not null;`,
  });
  expect((await plan({ url, directory })).migrations[0]!.statements.map(({ transaction }) => transaction)).toEqual([
    1, 2, 3,
  ]);

  await expect(migrate({ url, directory })).rejects.toMatchObject({ cause: { code: '23514' } });
  expect((await status({ url, directory })).migrations).toMatchObject([{ state: 'partial' }]);
  await sql.unsafe('update a set id = 1');
  await migrate({ url, directory });

  expect((await status({ url, directory })).migrations).toMatchObject([{ state: 'applied' }]);
  await expect(sql`insert into a values (null)`).rejects.toMatchObject({ code: '23502' });
});
