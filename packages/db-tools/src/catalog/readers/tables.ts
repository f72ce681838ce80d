import { readAcl } from '../acl.ts';
import type { Draft, Reader, Row } from '../draft.ts';
import { aclColumns, qualified, sortedArray, userMade } from '../fragments.ts';

export const tables: Reader = {
  query: () => `
    select 'pg_class:' || c.oid as address, 'pg_type:' || t.oid as row_type, 'pg_type:' || t.typarray as array_type,
      ${qualified('n', 'c.relname')} as name, quote_ident(n.nspname) as schema,
      c.relkind = 'f' as is_foreign, c.relpersistence = 'u' as unlogged,
      case when c.relkind = 'p' then pg_get_partkeydef(c.oid) end as partition_key,
      pg_get_expr(c.relpartbound, c.oid) as bound,
      (select json_agg(${qualified('pn', 'p.relname')} order by i.inhseqno)
       from pg_inherits i join pg_class p on p.oid = i.inhparent
       join pg_namespace pn on pn.oid = p.relnamespace where i.inhrelid = c.oid) as parents,
      case when c.reloftype <> 0 then format_type(c.reloftype, null) end as of_type,
      (select nullif(am.amname, 'heap') from pg_am am where am.oid = c.relam) as access_method,
      (select s.spcname from pg_tablespace s where s.oid = c.reltablespace) as tablespace,
      ${sortedArray('c.reloptions')} as options,
      (select ${sortedArray('tc.reloptions')} from pg_class tc where tc.oid = c.reltoastrelid) as toast_options,
      c.relrowsecurity as row_security, c.relforcerowsecurity as force_row_security,
      c.relreplident as replica_identity, quote_ident(rc.relname) as replica_index, 'pg_class:' || rc.oid as replica_index_address,
      quote_ident(fs.srvname) as server, ${sortedArray('ft.ftoptions')} as server_options,
      pg_get_userbyid(c.relowner) as owner, ${aclColumns('c.relacl', "'r'", 'c.relowner')}
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    join pg_type t on t.oid = c.reltype
    left join pg_foreign_table ft on ft.ftrelid = c.oid
    left join pg_foreign_server fs on fs.oid = ft.ftserver
    left join pg_index ri on c.relreplident = 'i' and ri.indrelid = c.oid and ri.indisreplident
    left join pg_class rc on rc.oid = ri.indexrelid
    where c.relkind in ('r', 'p', 'f') and ${userMade('c.oid', 'n')}`,

  read: (row) => [
    {
      kind: 'table',
      addresses: [row.address, row.row_type, row.array_type],
      name: row.name,
      schema: row.schema,
      slot: `relation ${row.name}`,
      definition: {
        unlogged: row.unlogged || undefined,
        partitionKey: row.partition_key,
        partitionOf: row.bound === null ? undefined : { parent: row.parents[0], bound: row.bound },
        inherits: row.bound === null ? row.parents : undefined,
        ofType: row.of_type,
        accessMethod: row.access_method,
        tablespace: row.tablespace,
        options: row.options,
        toastOptions: row.toast_options,
        rowSecurity: row.row_security || undefined,
        forceRowSecurity: row.force_row_security || undefined,
        server: row.server,
        serverOptions: row.server_options,
      },
      facts: { owner: row.owner, target: `${row.is_foreign ? 'FOREIGN TABLE' : 'TABLE'} ${row.name}` },
      acl: readAcl(row),
    },
    ...readReplicaIdentity(row),
  ],
};

/** The default is the primary key. */
function readReplicaIdentity(row: Row): Draft[] {
  const identity = { f: 'FULL', n: 'NOTHING', i: `USING INDEX ${row.replica_index}` }[row.replica_identity as string];
  if (identity === undefined || row.is_foreign) return [];
  return [
    {
      kind: 'replica identity',
      addresses: [`replica identity of ${row.address}`],
      parent: row.address,
      name: row.name,
      needs: row.replica_index_address ? [row.replica_index_address] : [],
      definition: { identity },
    },
  ];
}
