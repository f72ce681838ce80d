import type { Reader } from '../draft.ts';
import { qualified, userMade } from '../fragments.ts';

/** Indexes that are not behind a constraint, and not there because the parent of a partition has one. */
export const indexes: Reader = {
  query: () => `
    select 'pg_class:' || c.oid as address, 'pg_class:' || i.indrelid as parent, ${qualified('n', 'c.relname')} as name,
      pg_get_indexdef(c.oid) as definition, not i.indisvalid as invalid,
      i.indisclustered as clustered, (select s.spcname from pg_tablespace s where s.oid = c.reltablespace) as tablespace
    from pg_index i join pg_class c on c.oid = i.indexrelid
    join pg_namespace n on n.oid = c.relnamespace
    where not c.relispartition and ${userMade('c.oid', 'n')} and not exists (
      select from pg_constraint k where k.conindid = c.oid and k.conrelid = i.indrelid and k.contype in ('p', 'u', 'x'))`,

  read: (row) => [
    {
      kind: 'index',
      addresses: [row.address],
      parent: row.parent,
      name: row.name,
      slot: `relation ${row.name}`,
      definition: {
        definition: row.definition,
        invalid: row.invalid || undefined,
        clustered: row.clustered || undefined,
        tablespace: row.tablespace,
      },
      facts: { target: `INDEX ${row.name}` },
    },
  ],
};
