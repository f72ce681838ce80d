import { readAcl } from '../acl.ts';
import type { Draft, Reader } from '../draft.ts';
import { aclColumns, collation, qualified, userMade } from '../fragments.ts';

/** Enums, domains, composite types and ranges; base types, which need C, are among the others. */
export const dataTypes: Reader = {
  query: () => `
    select t.typtype as type, 'pg_type:' || t.oid as address, 'pg_type:' || t.typarray as array_type,
      'pg_class:' || nullif(t.typrelid, 0) as relation, 'pg_type:' || r.rngmultitypid as multirange,
      'pg_type:' || mt.typarray as multirange_array,
      ${qualified('n', 't.typname')} as name, quote_ident(n.nspname) as schema,
      case when t.typtype = 'e' then (select coalesce(json_agg(e.enumlabel order by e.enumsortorder), '[]')
        from pg_enum e where e.enumtypid = t.oid) end as labels,
      case when t.typtype = 'd' then format_type(t.typbasetype, t.typtypmod) end as base,
      case when t.typtype = 'd' then ${collation('t.typcollation', 't.typbasetype')} end as collation,
      t.typdefault as default, t.typnotnull as not_null,
      case when t.typtype = 'c' then (
        select coalesce(json_agg(json_build_array(quote_ident(a.attname), format_type(a.atttypid, a.atttypmod),
          ${collation('a.attcollation', 'a.atttypid')}) order by a.attnum), '[]')
        from pg_attribute a where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped) end as attributes,
      format_type(r.rngsubtype, null) as subtype, ${collation('r.rngcollation', 'r.rngsubtype')} as subtype_collation,
      (select ${qualified('ocn', 'oc.opcname')} from pg_opclass oc join pg_namespace ocn on ocn.oid = oc.opcnamespace
       where oc.oid = r.rngsubopc and not oc.opcdefault) as subtype_opclass,
      nullif(r.rngcanonical, 0)::regproc::text as canonical, nullif(r.rngsubdiff, 0)::regproc::text as subtype_diff,
      ${qualified('mn', 'mt.typname')} as multirange_name,
      pg_get_userbyid(t.typowner) as owner, ${aclColumns('t.typacl', "'T'", 't.typowner')}
    from pg_type t join pg_namespace n on n.oid = t.typnamespace
    left join pg_class c on c.oid = t.typrelid left join pg_range r on r.rngtypid = t.oid
    left join pg_type mt on mt.oid = r.rngmultitypid left join pg_namespace mn on mn.oid = mt.typnamespace
    where (t.typtype in ('e', 'd', 'r') or c.relkind = 'c') and ${userMade('t.oid', 'n')}`,

  read(row) {
    const addresses: (string | null)[] = [
      row.address,
      row.array_type,
      row.relation,
      row.multirange,
      row.multirange_array,
    ];
    const base = {
      addresses: addresses.filter((address) => address !== null),
      name: row.name as string,
      schema: row.schema,
    };
    const described = { ...base, slot: `relation ${row.name}`, acl: readAcl(row) };
    const facts = (word: string) => ({ owner: row.owner, target: `${word} ${row.name}` });
    const kinds: Record<string, () => Draft> = {
      e: () => ({ ...described, kind: 'enum', definition: { labels: row.labels }, facts: facts('TYPE') }),
      d: () => ({
        ...described,
        kind: 'domain',
        definition: {
          type: row.base,
          collation: row.collation,
          default: row.default,
          notNull: row.not_null || undefined,
        },
        facts: facts('DOMAIN'),
      }),
      c: () => ({
        ...described,
        kind: 'composite type',
        definition: { attributes: row.attributes },
        facts: facts('TYPE'),
      }),
      r: () => ({
        ...described,
        kind: 'range type',
        definition: {
          subtype: row.subtype,
          collation: row.subtype_collation,
          opclass: row.subtype_opclass,
          canonical: row.canonical,
          difference: row.subtype_diff,
          multirange: row.multirange_name,
        },
        facts: facts('TYPE'),
      }),
    };
    return [kinds[row.type]!()];
  },
};
