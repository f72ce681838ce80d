import type { Reader } from '../draft.ts';

/**
 * The version counts only where it is not what the server would install: two servers of one major need not offer the
 * same.
 */
export const extensions: Reader = {
  query: () => `
    select 'pg_extension:' || e.oid as address, quote_ident(e.extname) as name,
      quote_ident(n.nspname) as schema, case when e.extversion <> v.default_version then e.extversion end as version
    from pg_extension e join pg_namespace n on n.oid = e.extnamespace
    left join pg_available_extensions v on v.name = e.extname`,

  read: (row) => [
    {
      kind: 'extension',
      addresses: [row.address],
      name: row.name,
      schema: row.schema === 'pg_catalog' ? undefined : row.schema,
      definition: { schema: row.schema, version: row.version },
      facts: { target: `EXTENSION ${row.name}` },
    },
  ],
};
