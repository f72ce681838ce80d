import type { SqlClient } from '../migrator/index.ts';
import { quoteLiteral } from '../migrator/quote.ts';
import type { Access } from './declaration.ts';
import { findPrefix } from './find-prefix.ts';
import { listRoles, roleNames } from './role-names.ts';

/** Which roles of the declaration the server has, for the database that `sql` is connected to. */
export async function findRoles(sql: SqlClient, access: Access): Promise<string[]> {
  const names = listRoles(roleNames(access, await findPrefix(sql, access)));
  const rows = await sql.unsafe(
    `select rolname::text as role from pg_catalog.pg_roles where rolname in (${names.map(quoteLiteral).join(', ')})`,
  );
  const found = new Set(rows.map(({ role }) => String(role)));
  return names.filter((name) => found.has(name));
}
