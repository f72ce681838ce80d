import { readAcl } from '../acl.ts';
import type { Reader } from '../draft.ts';
import { aclColumns, qualified, sortedArray, userMade } from '../fragments.ts';

export const views: Reader = {
  query: () => `
    select 'pg_class:' || c.oid as address, 'pg_rewrite:' || r.oid as rule, 'pg_type:' || t.oid as row_type,
      'pg_type:' || t.typarray as array_type, ${qualified('n', 'c.relname')} as name, quote_ident(n.nspname) as schema,
      c.relkind = 'm' as materialized, pg_get_viewdef(c.oid) as query, ${sortedArray('c.reloptions')} as options,
      (select nullif(am.amname, 'heap') from pg_am am where am.oid = c.relam) as access_method,
      (select s.spcname from pg_tablespace s where s.oid = c.reltablespace) as tablespace,
      pg_get_userbyid(c.relowner) as owner, ${aclColumns('c.relacl', "'r'", 'c.relowner')}
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    join pg_type t on t.oid = c.reltype join pg_rewrite r on r.ev_class = c.oid and r.rulename = '_RETURN'
    where c.relkind in ('v', 'm') and ${userMade('c.oid', 'n')}`,

  read: (row) => [
    {
      kind: row.materialized ? 'materialized view' : 'view',
      addresses: [row.address, row.rule, row.row_type, row.array_type],
      name: row.name,
      schema: row.schema,
      slot: `relation ${row.name}`,
      definition: {
        query: (row.query as string).trim().replace(/;$/, ''),
        options: row.options,
        accessMethod: row.access_method,
        tablespace: row.tablespace,
      },
      facts: { owner: row.owner, target: `${row.materialized ? 'MATERIALIZED VIEW' : 'VIEW'} ${row.name}` },
      acl: readAcl(row),
    },
  ],
};
