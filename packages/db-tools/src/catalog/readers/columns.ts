import { readAcl } from '../acl.ts';
import { type Draft, definition, type Reader } from '../draft.ts';
import { aclColumns, collation, qualified, statisticsTarget, userMade } from '../fragments.ts';

/**
 * Columns of tables with their defaults; those of views and composite types too, which can have comments, rights and
 * defaults.
 */
export const columns: Reader = {
  query: (serverVersion) => `
    select 'pg_class:' || c.oid as relation, a.attnum as number, quote_ident(a.attname) as name,
      ${qualified('n', 'c.relname')} as on, c.relkind in ('r', 'p', 'f') as is_of_table,
      row_number() over (partition by c.oid order by a.attnum) as position,
      format_type(a.atttypid, a.atttypmod) as type, ${collation('a.attcollation', 'a.atttypid')} as collation,
      a.attnotnull as not_null, nn.conname as not_null_name, not nn.convalidated as not_null_not_valid, nn.connoinherit as not_null_no_inherit,
      a.attidentity as identity, s.seqrelid as sequence_oid, ${qualified('n', 'sc.relname')} as sequence_name, s.seqstart::text as start, s.seqincrement::text as increment,
      s.seqmin::text as min, s.seqmax::text as max, s.seqcache::text as cache, s.seqcycle as cycle,
      a.attgenerated as generated, d.oid as default_oid, pg_get_expr(d.adbin, d.adrelid) as expression,
      ${statisticsTarget('a.attstattarget')} as statistics, to_json(a.attoptions) as options,
      to_json(a.attfdwoptions) as foreign_options, a.attinhcount > 0 as inherited,
      ${aclColumns('a.attacl', "'c'", 'c.relowner')}
    from pg_attribute a join pg_class c on c.oid = a.attrelid
    join pg_namespace n on n.oid = c.relnamespace
    left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
    left join pg_depend sd on a.attidentity <> '' and sd.classid = 'pg_class'::regclass
      and sd.refclassid = 'pg_class'::regclass and sd.refobjid = c.oid and sd.refobjsubid = a.attnum and sd.deptype = 'i'
    left join pg_sequence s on s.seqrelid = sd.objid
    left join pg_class sc on sc.oid = sd.objid
    left join pg_constraint nn on ${serverVersion >= 180_000 ? 'true' : 'false'}
      and nn.conrelid = c.oid and nn.contype = 'n' and nn.conkey = array[a.attnum]
    where c.relkind in ('r', 'p', 'f', 'v', 'm', 'c') and a.attnum > 0 and not a.attisdropped and ${userMade('a.attrelid', 'n')}`,

  read(row) {
    const address = `${row.relation}:${row.number}`;
    const target = `COLUMN ${row.on}.${row.name}`;
    const base = { parent: row.relation, name: row.name, on: row.on, facts: { target }, acl: readAcl(row) };
    if (!row.is_of_table) {
      return [{ ...base, kind: 'view column', addresses: [address], definition: {} }, ...readDefault(row, address)];
    }
    const addresses = [address];
    if (row.sequence_oid) addresses.push(`pg_class:${row.sequence_oid}`);
    if (row.generated) addresses.push(`pg_attrdef:${row.default_oid}`);
    const column: Draft = {
      ...base,
      kind: 'column',
      slot: row.sequence_oid ? `relation ${row.sequence_name}` : undefined,
      addresses,
      definition: {
        type: row.type,
        collation: row.collation,
        notNull: row.not_null ? (row.not_null_not_valid ? 'not valid' : 'valid') : undefined,
        notNullNoInherit: row.not_null_no_inherit || undefined,
        identity: readIdentity(row),
        generated: row.generated
          ? { kind: row.generated === 's' ? 'STORED' : 'VIRTUAL', expression: row.expression }
          : undefined,
        statistics: row.statistics,
        options: row.options,
        foreignOptions: row.foreign_options,
      },
      facts: definition({
        target,
        position: Number(row.position),
        inherited: row.inherited || undefined,
        notNullName: row.not_null_name,
      }),
    };
    return [column, ...(row.generated ? [] : readDefault(row, address))];
  },
};

function readIdentity(row: Parameters<Reader['read']>[0]): Record<string, unknown> | undefined {
  if (!row.identity) return undefined;
  const { start, increment, min, max, cache, cycle } = row;
  return { kind: row.identity === 'a' ? 'ALWAYS' : 'BY DEFAULT', start, increment, min, max, cache, cycle };
}

function readDefault(row: Parameters<Reader['read']>[0], column: string): Draft[] {
  if (row.default_oid === null) return [];
  return [
    {
      kind: 'default',
      addresses: [`pg_attrdef:${row.default_oid}`],
      parent: column,
      name: row.name,
      on: row.on,
      definition: { expression: row.expression },
    },
  ];
}
