import type { Reader } from '../draft.ts';
import { qualified } from '../fragments.ts';

export const publications: Reader = {
  query: () => `
    select 'pg_publication:' || p.oid as address, quote_ident(p.pubname) as name, p.puballtables as all_tables,
      concat_ws(', ', case when p.pubinsert then 'insert' end, case when p.pubupdate then 'update' end,
        case when p.pubdelete then 'delete' end, case when p.pubtruncate then 'truncate' end) as operations, p.pubviaroot as via_root,
      (select json_agg(t.item order by t.item) from (
        select ${qualified('n', 'c.relname')}
          || coalesce(' (' || (select string_agg(quote_ident(a.attname), ', ' order by a.attnum)
               from pg_attribute a where a.attrelid = c.oid and a.attnum = any (r.prattrs)) || ')', '')
          || coalesce(' WHERE (' || pg_get_expr(r.prqual, c.oid) || ')', '') as item
        from pg_publication_rel r join pg_class c on c.oid = r.prrelid
        join pg_namespace n on n.oid = c.relnamespace where r.prpubid = p.oid) t) as tables,
      (select json_agg(quote_ident(n.nspname) order by n.nspname) from pg_publication_namespace s
       join pg_namespace n on n.oid = s.pnnspid where s.pnpubid = p.oid) as schemas,
      (select json_agg('pg_publication_rel:' || r.oid) from pg_publication_rel r where r.prpubid = p.oid) as parts,
      pg_get_userbyid(p.pubowner) as owner
    from pg_publication p`,

  read: (row) => [
    {
      kind: 'publication',
      addresses: [row.address, ...((row.parts ?? []) as string[])],
      name: row.name,
      definition: {
        allTables: row.all_tables || undefined,
        tables: row.tables,
        schemas: row.schemas,
        operations: row.operations,
        viaRoot: row.via_root || undefined,
      },
      facts: { owner: row.owner, target: `PUBLICATION ${row.name}` },
    },
  ],
};
