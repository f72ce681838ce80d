import type { Sql } from 'postgres';
import { formatDatabaseUrl, parseDatabaseUrl } from '../connection/url.ts';
import { quoteLiteral } from '../migrator/quote.ts';
import type { Access } from './declaration.ts';
import { findPrefix } from './find-prefix.ts';
import { roleNames } from './role-names.ts';

/**
 * The URL with which sessions act as the owner, so that what a superuser or administrator creates belongs to the owner,
 * like what the migrator creates. Returns `url` unchanged where that is so already, where there are no roles, where the
 * existing objects belong to another role, and behind a pooler, which takes no such option.
 */
export async function actAsOwner(
  sql: Sql,
  url: string,
  { access, historySchema, prefix }: { access: Access; historySchema: string; prefix?: string },
): Promise<string> {
  const { owner } = roleNames(access, prefix ?? (await findPrefix(sql, access)));
  const schemas = [...Object.keys(access.domains), historySchema].map(quoteLiteral).join(', ');
  const result = await sql.unsafe<[{ pid: number; owns: boolean }?]>(`
    select pg_catalog.pg_backend_pid() as pid, not exists (
        select from pg_catalog.pg_namespace where nspname in (${schemas}) and nspname <> 'public' and nspowner <> r.oid
      ) and pg_catalog.has_database_privilege(r.oid, pg_catalog.current_database(), 'CREATE') as owns
    from pg_catalog.pg_roles r
    where r.rolname = ${quoteLiteral(owner)} and r.rolname <> current_user
      and pg_catalog.pg_has_role(r.oid, case when pg_catalog.current_setting('server_version_num')::int >= 160000 then 'SET' else 'MEMBER' end)`);
  const [row] = result;
  const { pid } = (result as unknown as { state: { pid: number } }).state;
  return row?.owns && row.pid === pid ? withRole(url, owner) : url;
}

function withRole(url: string, role: string): string {
  const target = parseDatabaseUrl(url);
  const options = [target.params.options, `-c role=${role.replace(/[\\\s]/g, '\\$&')}`].filter(Boolean).join(' ');
  return formatDatabaseUrl({ ...target, params: { ...target.params, options } }, { withPassword: true });
}

/** The same database as another role, with the same password: on a developer's own server it is one for all. */
export function asRole(url: string, role: string): string {
  return formatDatabaseUrl({ ...parseDatabaseUrl(url), user: role }, { withPassword: true });
}
