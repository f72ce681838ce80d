import type { SqlClient } from '../migrator/index.ts';
import { quoteLiteral } from '../migrator/quote.ts';
import type { Access } from './declaration.ts';

/**
 * What the role names of this database begin with: what the declaration says, else what the owner of its schemas (or of
 * the database, while there are none) is called, so that a restored copy under another name keeps its roles; else the
 * database's name.
 */
export async function findPrefix(sql: SqlClient, access: Access): Promise<string> {
  if (access.prefix !== undefined) return access.prefix;
  const schemas = Object.keys(access.domains).map(quoteLiteral).join(', ');
  const [row] = (await sql.unsafe(`
    select pg_catalog.current_database() as database, pg_catalog.pg_get_userbyid(datdba) as owner,
      (select pg_catalog.json_agg(distinct pg_catalog.pg_get_userbyid(nspowner)) from pg_catalog.pg_namespace where nspname in (${schemas}) and nspname <> 'public') as owners
    from pg_catalog.pg_database where datname = pg_catalog.current_database()`)) as unknown as [
    { database: string; owner: string; owners: string[] | null },
  ];
  const owners = row.owners ?? [row.owner];
  const [owner] = owners;
  return owners.length === 1 && owner !== undefined && owner.length > SUFFIX.length && owner.endsWith(SUFFIX)
    ? owner.slice(0, -SUFFIX.length)
    : row.database;
}

const SUFFIX = '_owner';
