import { differenceToDefault, readAcl } from '../acl.ts';
import type { Reader } from '../draft.ts';
import { aclColumns } from '../fragments.ts';

const OBJECTS: Record<string, string> = {
  r: 'TABLES',
  S: 'SEQUENCES',
  f: 'FUNCTIONS',
  T: 'TYPES',
  n: 'SCHEMAS',
  L: 'LARGE OBJECTS',
};

/**
 * Of one schema, they add to those of all schemas, so that nothing is taken away; 'c' is the kind without rights of its
 * own.
 */
const DEFAULT =
  "case when d.defaclnamespace <> 0 then 'c' when d.defaclobjtype = 'S' then 's' else d.defaclobjtype end";

/** Those of the role that reads are those of CURRENT_USER: it is another one on a scratch server. */
export const defaultPrivileges: Reader = {
  query: () => `
    select 'pg_default_acl:' || d.oid as address, d.defaclobjtype as objects, quote_ident(n.nspname) as schema,
      case when r.rolname = current_user then 'CURRENT_USER' else quote_ident(r.rolname) end as role,
      ${aclColumns('d.defaclacl', DEFAULT, 'd.defaclrole')}
    from pg_default_acl d join pg_roles r on r.oid = d.defaclrole
    left join pg_namespace n on n.oid = d.defaclnamespace`,

  read(row) {
    const difference = differenceToDefault(readAcl(row) ?? { granted: [], default: [] });
    if (!difference) return [];
    const where = row.schema === null ? '' : ` IN SCHEMA ${row.schema}`;
    return [
      {
        kind: 'default privileges',
        addresses: [row.address],
        name: OBJECTS[row.objects]!,
        on: `FOR ROLE ${row.role}${where}`,
        schema: row.schema ?? undefined,
        definition: difference,
      },
    ];
  },
};
