import type { Sql } from 'postgres';
import { withMaintenance } from '../connection/maintenance.ts';
import { type Target, withConnection } from '../connection/target.ts';
import { readServer } from './describe-server.ts';
import { missingExtensions, missingRoles } from './missing.ts';
import type { Dump } from './open-dump.ts';

/** What decides how a backup can be restored. */
export interface RestoreTarget {
  server: { version: string; major: number };
  exists: boolean;
  /** It has tables, sequences or views of somebody. */
  holdsSomething: boolean;
  user: string;
  /** May create databases, and rename this one. */
  maySwap: boolean;
  /** Whom what is restored shall belong to, unless it is the user. */
  owner?: string;
  missing: { extensions: string[]; policyRoles: string[]; grantRoles: string[] };
}

export async function inspectRestoreTarget(target: Target, { manifest }: Dump): Promise<RestoreTarget> {
  const { database } = target.connection;
  const found = await withMaintenance(target, async (sql) => {
    const [role] = await sql<[{ user: string; mayCreate: boolean; inside: boolean }]>`
      select current_user as user, rolsuper or rolcreatedb as "mayCreate", current_database() = ${database} as inside
      from pg_roles where rolname = current_user`;
    const [row] = await sql<{ owner: string; member: boolean }[]>`
      select pg_get_userbyid(datdba) as owner, pg_has_role(datdba, 'member') as member
      from pg_database where datname = ${database}`;
    const server = await readServer(sql);
    const owner = await findOwner(sql, server.major, [manifest?.roles.owner, row?.owner]);
    return {
      server,
      user: role.user,
      exists: row !== undefined,
      maySwap: role.mayCreate && !role.inside && (row?.member ?? true),
      ...(owner === undefined || owner === role.user ? {} : { owner }),
      missing: {
        extensions: manifest ? await missingExtensions(sql, manifest) : [],
        policyRoles: await missingRoles(sql, manifest?.roles.policies ?? []),
        grantRoles: await missingRoles(sql, manifest?.roles.grants ?? []),
      },
    };
  });
  return { ...found, holdsSomething: found.exists && (await holdsSomething(target)) };
}

/** The first of these roles that is there and that the user may act as. */
async function findOwner(sql: Sql, major: number, roles: (string | null | undefined)[]): Promise<string | undefined> {
  for (const role of roles) {
    const [row] = await sql<{ may: boolean }[]>`
      select pg_has_role(oid, ${major >= 16 ? 'SET' : 'MEMBER'}) as may from pg_roles where rolname = ${role ?? ''}`;
    if (role && row?.may) return role;
  }
  return undefined;
}

async function holdsSomething(target: Target): Promise<boolean> {
  return await withConnection(target, async (sql) => {
    const [{ found }] = await sql<[{ found: boolean }]>`
      select exists (
        select from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
          and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
      ) as found`;
    return found;
  });
}
