import type { Sql } from 'postgres';
import { isLocal, mayBeLocal } from '../connection/guard.ts';
import { withMaintenance } from '../connection/maintenance.ts';
import { LOCAL_MARK, readComment } from '../connection/mark.ts';
import { type Target, toTarget, withConnection } from '../connection/target.ts';
import type { Environment } from '../environment/load.ts';
import { DbError } from '../errors.ts';
import { asRole } from './act-as-owner.ts';
import { createRoles, type RolesOptions } from './create-roles.ts';
import type { Access } from './declaration.ts';
import { findPrefix } from './find-prefix.ts';
import { roleNames } from './role-names.ts';

/**
 * Creates the roles on a local database without asking, each with the password of the URL, if that has one. Does
 * nothing elsewhere, nor as a user who is no superuser. `sql` is connected to the target. Returns what is new.
 */
export async function createLocalRoles(
  sql: Sql,
  target: Target,
  env: Environment,
  options: Pick<RolesOptions, 'access' | 'historySchema'>,
): Promise<string[]> {
  if (!mayBeLocal(target, env)) return [];
  const comment = await readComment(sql, target.connection.database);
  if (!comment?.startsWith(LOCAL_MARK) || !(await isSuperuser(sql))) return [];
  const passwordOf = () => target.connection.password || undefined;
  return (await createRoles(sql, { ...options, passwordOf })).newLogins;
}

/** The URL of each domain's role on a database for which createLocalRoles() makes them, or has; empty for any other. */
export async function localRoleUrls(url: string, env: Environment, access: Access): Promise<Record<string, string>> {
  const target = toTarget(url, 'DATABASE_URL');
  if (!mayBeLocal(target, env) || !(await isLocal(target, env))) return {};
  if (!(await withMaintenance(target, isSuperuser))) return {};
  const { services } = roleNames(access, await prefixOf(target, access));
  return Object.fromEntries(Object.entries(services).map(([domain, role]) => [domain, asRole(url, role)]));
}

async function isSuperuser(sql: Sql): Promise<boolean> {
  const [row] = await sql<[{ may: boolean }]>`select rolsuper as may from pg_roles where rolname = current_user`;
  return row.may;
}

/** A database that does not exist yet has no owner to tell. */
async function prefixOf(target: Target, access: Access): Promise<string> {
  try {
    return await withConnection(target, (sql) => findPrefix(sql, access));
  } catch (error) {
    if (!(error instanceof DbError) || error.code !== 'database_missing') throw error;
    return access.prefix ?? target.connection.database;
  }
}
