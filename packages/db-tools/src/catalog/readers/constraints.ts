import type { Reader } from '../draft.ts';
import { qualified, sortedArray, userSchema } from '../fragments.ts';

/**
 * Constraints of tables and domains. What a partition or a child table has because its parent has it is left out, and
 * so are NOT NULLs, which belong to their columns: PostgreSQL 18 names them after whatever the column was called then.
 */
export const constraints: Reader = {
  query: () => `
    select 'pg_constraint:' || k.oid as address,
      case when k.contype in ('p', 'u', 'x') then 'pg_class:' || k.conindid end as index,
      case when k.contypid <> 0 then 'pg_type:' || k.contypid else 'pg_class:' || k.conrelid end as parent,
      k.contypid <> 0 as on_domain, quote_ident(k.conname) as name,
      coalesce(${qualified('rn', 'r.relname')}, ${qualified('dn', 'd.typname')}) as on,
      ${qualified('rn', 'k.conname')} as relation_name, pg_get_constraintdef(k.oid) as definition,
      ${sortedArray('ic.reloptions')} as options, i.indisclustered as clustered, not i.indisvalid as invalid,
      (select s.spcname from pg_tablespace s where s.oid = ic.reltablespace) as tablespace
    from pg_constraint k
    left join pg_class r on r.oid = k.conrelid left join pg_namespace rn on rn.oid = r.relnamespace
    left join pg_type d on d.oid = k.contypid left join pg_namespace dn on dn.oid = d.typnamespace
    left join pg_index i on k.contype in ('p', 'u', 'x') and i.indexrelid = k.conindid
    left join pg_class ic on ic.oid = i.indexrelid
    where k.contype in ('c', 'f', 'p', 'u', 'x') and k.conparentid = 0 and (k.conislocal or k.coninhcount = 0)
      and k.oid >= 16384 and (${userSchema('rn')} or ${userSchema('dn')})`,

  read: (row) => [
    {
      kind: 'constraint',
      addresses: row.index === null ? [row.address] : [row.address, row.index],
      parent: row.parent,
      name: row.name,
      on: row.on,
      slot: row.index === null ? undefined : `relation ${row.relation_name}`,
      definition: {
        definition: row.definition,
        options: row.options,
        clustered: row.clustered || undefined,
        invalid: row.invalid || undefined,
        tablespace: row.tablespace,
        onDomain: row.on_domain || undefined,
      },
      facts: { target: `CONSTRAINT ${row.name} ON ${row.on_domain ? 'DOMAIN ' : ''}${row.on}` },
    },
  ],
};
