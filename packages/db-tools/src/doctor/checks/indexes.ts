import { findInvalidIndexes } from '../../check/check-database.ts';
import { type Check, fail, type OpenClone, ok, warn } from '../check.ts';

export const invalidIndexes: Check<OpenClone> = {
  name: 'invalid indexes',
  async run({ sql }) {
    const found = await findInvalidIndexes(sql);
    return found.length > 0 ? found.flatMap(({ at, message, fix }) => fail(`${at}: ${message}`, fix)) : ok('None.');
  },
};

export const foreignKeys: Check<OpenClone> = {
  name: 'foreign keys',
  async run({ sql }) {
    const rows = await sql<{ name: string; table: string; label: string; columns: string }[]>`
      select c.conname as name, c.conrelid::regclass::text as table, r.relname as label,
        (select string_agg(quote_ident(a.attname), ', ' order by k.at) from unnest(c.conkey) with ordinality k (attnum, at)
          join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.attnum) as columns
      from pg_constraint c join pg_namespace n on n.oid = c.connamespace join pg_class r on r.oid = c.conrelid
      where c.contype = 'f' and c.conparentid = 0 and n.nspname not like 'pg\\_%'
        and not exists (select from pg_index i where i.indrelid = c.conrelid and i.indisvalid
          and (i.indpred is null or pg_get_expr(i.indpred, i.indrelid) ~ '^\\(?\\w+ IS NOT NULL\\)?$')
          and (i.indkey::int2[])[0:cardinality(c.conkey) - 1] @> c.conkey)
      order by 2, 1`;
    if (rows.length === 0) return ok('Each has an index on its own side.');
    return rows.flatMap(({ name, table, label, columns }) =>
      warn(
        `${name} of ${table} has no index on (${columns}): deleting a row it points to reads the whole table.`,
        `CREATE INDEX CONCURRENTLY idx_${label}_${columns.replaceAll(/\W+/g, '_')} ON ${table} (${columns});`,
      ),
    );
  },
};
