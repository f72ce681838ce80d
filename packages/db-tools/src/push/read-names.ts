import type { Sql } from 'postgres';
import { emptySnapshot, pathOf, type Snapshot } from '../generate/snapshot.ts';

/** The names that a database has in some schemas, as a snapshot: enough to see what may have been renamed. */
export async function readNames(sql: Sql, schemas: string[]): Promise<Snapshot> {
  const snapshot = emptySnapshot();
  const found = await sql<{ name: string }[]>`
    select nspname as name from pg_namespace where nspname in ${sql(schemas)} and nspname <> 'public'`;
  snapshot.schemas = Object.fromEntries(found.map(({ name }) => [name, name]));
  const columns = await sql<{ schema: string; table: string; column: string | null }[]>`
    select n.nspname as schema, c.relname as table, a.attname as column
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relkind in ('r', 'p') and n.nspname in ${sql(schemas)}
    order by 1, 2, a.attnum`;
  for (const { schema, table, column } of columns) {
    const path = pathOf({ schema, name: table });
    snapshot.tables[path] ??= {
      name: table,
      schema: schema === 'public' ? '' : schema,
      columns: {},
      indexes: {},
      foreignKeys: {},
      compositePrimaryKeys: {},
      uniqueConstraints: {},
      checkConstraints: {},
      policies: {},
    };
    if (column) {
      snapshot.tables[path].columns[column] = { name: column, type: '', primaryKey: false, notNull: false };
    }
  }
  const views = await sql<{ schema: string; name: string; materialized: boolean }[]>`
    select n.nspname as schema, c.relname as name, c.relkind = 'm' as materialized
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('v', 'm') and n.nspname in ${sql(schemas)}`;
  snapshot.views = Object.fromEntries(views.map((view) => [pathOf(view), view]));
  const enums = await sql<{ schema: string; name: string }[]>`
    select n.nspname as schema, t.typname as name
    from pg_type t join pg_namespace n on n.oid = t.typnamespace
    where t.typtype = 'e' and n.nspname in ${sql(schemas)}`;
  snapshot.enums = Object.fromEntries(enums.map((type) => [pathOf(type), { ...type, values: [] }]));
  return snapshot;
}
