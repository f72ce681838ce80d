import { expect, test } from 'vitest';
import { migrate } from '../../src/migrator/index.ts';
import { createDatabase } from './database.ts';
import { createProject } from './project.ts';

test.each(['reindex table a', 'reindex index a_id', 'cluster a using a_id'])(
  'what only the server knows to need no transaction is told how to get none: %s',
  async (statement) => {
    const { url, sql } = await createDatabase();
    await sql.unsafe(`
      create table a (id int) partition by list (id); create table a1 partition of a for values in (1);
      create index a_id on a (id)`);
    const project = createProject({ '0000_rebuild': statement });
    const { directory } = project;

    await expect(migrate({ url, directory })).rejects.toMatchObject({
      sqlState: '25001',
      hint: 'Begin 0000_rebuild.sql with a line "-- db: transaction=none", so that it runs outside of a transaction, then: pnpm db migrate',
    });

    project.edit('0000_rebuild', `-- db: transaction=none\n${statement}`);
    expect(await migrate({ url, directory })).toMatchObject({ applied: [{ tag: '0000_rebuild' }] });
  },
);

test.each([
  ['23502', 'alter table a alter column id set not null'],
  ['23503', 'alter table a add foreign key (id) references b'],
  ['23505', 'create unique index on a (id)'],
  ['23514', 'alter table a add check (id > 9)'],
])('what the rows refuse (%s) is told where to read what to write instead', async (sqlState, statement) => {
  const { url, sql } = await createDatabase();
  await sql.unsafe(
    'create table b (id int primary key); create table a (id int); insert into a values (1), (1), (null)',
  );
  const { directory } = createProject({ '0000_require': `-- why\n${statement}` });

  await expect(migrate({ url, directory })).rejects.toMatchObject({
    sqlState,
    hint: expect.stringMatching(
      /\(see what to write instead: pnpm db lint '.*0000_require\.sql'\), then: pnpm db migrate$/,
    ),
  });
});

test('rows that a migration writes itself are its own matter', async () => {
  const { url, sql } = await createDatabase();
  await sql.unsafe('create table a (id int not null)');
  const { directory } = createProject({ '0000_fill': 'insert into a values (null)' });
  await expect(migrate({ url, directory })).rejects.toMatchObject({
    sqlState: '23502',
    hint: 'Correct 0000_fill.sql, then: pnpm db migrate',
  });
});
