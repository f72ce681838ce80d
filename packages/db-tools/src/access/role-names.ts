import { DbError } from '../errors.ts';
import type { Access } from './declaration.ts';

export interface RoleNames {
  prefix: string;
  /** Owns every schema and object; nobody logs in as it. */
  owner: string;
  /** Logs in, and acts as the owner. */
  migrator: string;
  /** By domain. */
  services: Record<string, string>;
  readonly: string;
}

/** The roles of a declaration. Throws a DbError `role_name_too_long` where PostgreSQL would cut a name. */
export function roleNames({ domains }: Access, prefix: string): RoleNames {
  const name = (suffix: string) => {
    const role = `${prefix}_${suffix}`;
    if (Buffer.byteLength(role) <= 63) return role;
    throw new DbError('role_name_too_long', `The role name ${role} has more than 63 bytes.`, {
      hint: 'Set a shorter prefix in the declaration of access',
    });
  };
  return {
    prefix,
    owner: name('owner'),
    migrator: name('migrator'),
    services: Object.fromEntries(Object.keys(domains).map((domain) => [domain, name(domain)])),
    readonly: name('readonly'),
  };
}

export function listRoles({ owner, migrator, services, readonly }: RoleNames): string[] {
  return [owner, migrator, ...Object.values(services), readonly];
}
