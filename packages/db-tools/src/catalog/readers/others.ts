import type { Reader } from '../draft.ts';

/**
 * Kinds that few schemas have, with what of each row is compared. They can be dropped; the SQL that makes them is left
 * to people.
 */
const CATALOGS: Record<string, string> = {
  pg_am: "jsonb_build_object('handler', x.amhandler::regproc::text)",
  pg_cast:
    "jsonb_build_object('function', x.castfunc::regprocedure::text, 'context', x.castcontext, 'method', x.castmethod)",
  pg_collation: "to_jsonb(x) - '{oid,collname,collnamespace,collowner,collversion}'::text[]",
  pg_conversion: "jsonb_build_object('function', x.conproc::regproc::text, 'default', x.condefault)",
  pg_foreign_data_wrapper: "jsonb_build_object('handler', x.fdwhandler::regproc::text, 'options', x.fdwoptions)",
  pg_foreign_server: "jsonb_build_object('type', x.srvtype, 'version', x.srvversion, 'options', x.srvoptions)",
  pg_language: "jsonb_build_object('handler', x.lanplcallfoid::regproc::text, 'trusted', x.lanpltrusted)",
  pg_opclass: "jsonb_build_object('default', x.opcdefault, 'type', format_type(x.opcintype, null))",
  pg_operator: `jsonb_build_object('function', x.oprcode::regproc::text, 'restrict', x.oprrest::regproc::text, 'join', x.oprjoin::regproc::text,
    'commutator', x.oprcom::regoperator::text, 'negator', x.oprnegate::regoperator::text, 'merges', x.oprcanmerge, 'hashes', x.oprcanhash)`,
  pg_opfamily: "'{}'::jsonb",
  pg_transform: "jsonb_build_object('from', x.trffromsql::regproc::text, 'to', x.trftosql::regproc::text)",
  pg_ts_config: `(select coalesce(jsonb_object_agg(m.maptokentype || '.' || m.mapseqno, m.mapdict::regdictionary::text), '{}')
    from pg_ts_config_map m where m.mapcfg = x.oid)`,
  pg_ts_dict: "jsonb_build_object('options', x.dictinitoption)",
  pg_ts_parser: "'{}'::jsonb",
  pg_ts_template: "'{}'::jsonb",
};

/** Base types: neither arrays nor anything that has a reader of its own. */
const BASE_TYPES = `x.typtype = 'b' and not exists (select from pg_type e where e.typarray = x.oid)`;

/** Everything else that a schema can contain, by what `pg_identify_object` calls it. */
export const others: Reader = {
  query: () =>
    `select 'pg_type:' || x.oid as address, o.type, o.identity,
       jsonb_build_object('input', x.typinput::regproc::text, 'output', x.typoutput::regproc::text, 'length', x.typlen) as definition
     from pg_type x cross join pg_identify_object('pg_type'::regclass, x.oid, 0) o
     where x.oid >= 16384 and ${BASE_TYPES}
     ${Object.entries(CATALOGS)
       .map(
         ([catalog, definition]) => `union all
     select '${catalog}:' || x.oid, o.type, o.identity, ${definition}
     from ${catalog} x cross join pg_identify_object('${catalog}'::regclass, x.oid, 0) o
     where x.oid >= 16384`,
       )
       .join('\n')}`,

  read: (row) => [
    {
      kind: 'other',
      addresses: [row.address],
      name: `${row.type} ${row.identity}`,
      definition: row.definition,
      facts: { target: `${row.type.toUpperCase().replace('-', ' ')} ${row.identity}` },
    },
  ],
};
