import type { CatalogObject } from '../../catalog/index.ts';
import type { KindSql } from '../kind-sql.ts';
import { minus, type Rights } from './grants.ts';

export const defaultPrivileges: KindSql<Rights> = {
  create: (object) => change(object, { granted: [], revoked: [] }, object.definition),
  drop: (object) => change(object, object.definition, { granted: [], revoked: [] }),
  alter: (before, after) => ({ statements: change(after, before.definition, after.definition) }),
};

function change({ name, on }: CatalogObject<Rights>, before: Rights, after: Rights): string[] {
  const gone = [...minus(before.granted, after.granted), ...minus(after.revoked, before.revoked)];
  const added = [...minus(before.revoked, after.revoked), ...minus(after.granted, before.granted)];
  const role = (grantee: string) => (grantee === 'OWNER' ? /^FOR ROLE ("(?:[^"]|"")*"|\S+)/.exec(on!)![1] : grantee);
  return [
    ...gone.map(
      ([grantee, privilege]) => `ALTER DEFAULT PRIVILEGES ${on} REVOKE ${privilege} ON ${name} FROM ${role(grantee!)}`,
    ),
    ...added.map(
      ([grantee, privilege, option]) =>
        `ALTER DEFAULT PRIVILEGES ${on} GRANT ${privilege} ON ${name} TO ${role(grantee!)}${option ? ' WITH GRANT OPTION' : ''}`,
    ),
  ];
}
