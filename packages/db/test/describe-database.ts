import { sql } from 'drizzle-orm';
import type { Database } from '../src/index.ts';

/** Columns, constraints, indexes and enums of every domain, a line each, sorted. */
export async function describeDatabase(db: Database): Promise<string[]> {
  const rows = await db.execute<{ line: string }>(sql`
    with tables as (
      select c.oid, c.oid::regclass::text as name from pg_class c
      where c.relkind in ('r', 'p') and c.relnamespace::regnamespace::text !~ '^(pg_|(information_schema|drizzle)$)'
    )
    select concat_ws(' ', t.name, a.attname, format_type(a.atttypid, a.atttypmod),
                     case when a.attnotnull then 'not null' end, pg_get_expr(d.adbin, d.adrelid)) as line
    from tables t
    join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
    left join pg_attrdef d on d.adrelid = t.oid and d.adnum = a.attnum
    union all
    select concat_ws(' ', t.name, k.conname, pg_get_constraintdef(k.oid)) from tables t join pg_constraint k on k.conrelid = t.oid
    union all
    select pg_get_indexdef(i.indexrelid) from tables t join pg_index i on i.indrelid = t.oid
    union all
    select concat_ws(' ', e.enumtypid::regtype, e.enumsortorder, e.enumlabel) from pg_enum e
    order by line`);
  return rows.map(({ line }) => line);
}
