import { readAcl } from '../acl.ts';
import type { Draft, Reader } from '../draft.ts';
import { aclColumns, qualified, userMade } from '../fragments.ts';

/** Sequences except those behind an identity column, which belong to it. Who owns one is an object of its own. */
export const sequences: Reader = {
  query: () => `
    select 'pg_class:' || c.oid as address, ${qualified('n', 'c.relname')} as name, quote_ident(n.nspname) as schema,
      c.relpersistence = 'u' as unlogged, format_type(s.seqtypid, null) as type, s.seqstart::text as start,
      s.seqincrement::text as increment, s.seqmin::text as min, s.seqmax::text as max, s.seqcache::text as cache, s.seqcycle as cycle,
      'pg_class:' || o.oid || ':' || oa.attnum as column_address,
      ${qualified('own', 'o.relname')} || '.' || quote_ident(oa.attname) as owned_by,
      pg_get_userbyid(c.relowner) as owner, ${aclColumns('c.relacl', "'s'", 'c.relowner')}
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    join pg_sequence s on s.seqrelid = c.oid
    left join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = c.oid
      and d.refclassid = 'pg_class'::regclass and d.refobjsubid > 0 and d.deptype in ('a', 'i')
    left join pg_class o on o.oid = d.refobjid left join pg_namespace own on own.oid = o.relnamespace
    left join pg_attribute oa on oa.attrelid = o.oid and oa.attnum = d.refobjsubid
    where c.relkind = 'S' and d.deptype is distinct from 'i' and ${userMade('c.oid', 'n')}`,

  read(row) {
    const { type, start, increment, min, max, cache, cycle } = row;
    const sequence: Draft = {
      kind: 'sequence',
      addresses: [row.address],
      name: row.name,
      schema: row.schema,
      slot: `relation ${row.name}`,
      definition: { unlogged: row.unlogged || undefined, type, start, increment, min, max, cache, cycle },
      facts: {
        owner: row.owner,
        target: `SEQUENCE ${row.name}`,
        ...(row.column_address ? { ownedBy: row.column_address } : {}),
      },
      acl: readAcl(row),
    };
    if (!row.owned_by) return [sequence];
    const owner: Draft = {
      kind: 'sequence owner',
      addresses: [`owner of ${row.address}`],
      parent: row.address,
      name: row.name,
      definition: { column: row.owned_by },
      needs: [row.column_address],
    };
    return [sequence, owner];
  },
};
