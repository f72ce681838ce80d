import type { Acl, Privilege, Row } from './draft.ts';

/** The rights of a row with the columns of `aclColumns`. */
export function readAcl(row: Row): Acl | undefined {
  return row.acl ? { granted: row.acl, default: row.acl_default ?? [] } : undefined;
}

/**
 * What was granted beyond the default, and what was taken from it; undefined when nothing was. Who granted is left out.
 */
export function differenceToDefault(acl: Acl): { granted: string[][]; revoked: string[][] } | undefined {
  const granted = without(acl.granted, acl.default);
  const revoked = without(acl.default, acl.granted);
  return granted.length + revoked.length > 0 ? { granted, revoked } : undefined;
}

function without(privileges: Privilege[], others: Privilege[]): string[][] {
  const known = new Set(others.map(toKey));
  const left = new Map(privileges.map((privilege) => [toKey(privilege), privilege]));
  return [...left]
    .filter(([key]) => !known.has(key))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, [grantee, privilege, grantable]]) => [grantee, privilege, ...(grantable ? ['with grant option'] : [])]);
}

function toKey([grantee, privilege, grantable]: Privilege): string {
  return `${grantee} ${privilege} ${grantable}`;
}
