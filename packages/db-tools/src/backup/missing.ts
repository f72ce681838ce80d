import type { Sql } from 'postgres';
import type { Manifest } from './manifest.ts';

/** Extensions of the backup that cannot be installed on this server. */
export async function missingExtensions(sql: Sql, { extensions }: Pick<Manifest, 'extensions'>): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`select name::text from pg_available_extensions`;
  const available = new Set(rows.map(({ name }) => name));
  return extensions.filter((name) => !available.has(name));
}

/** Which of these roles this server does not have. */
export async function missingRoles(sql: Sql, roles: string[]): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`select rolname::text as name from pg_roles`;
  const known = new Set(rows.map(({ name }) => name));
  return roles.filter((name) => !known.has(name));
}
