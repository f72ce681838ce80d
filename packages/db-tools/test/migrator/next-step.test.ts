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
