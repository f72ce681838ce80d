import { readAcl } from '../acl.ts';
import type { Reader } from '../draft.ts';
import { aclColumns, userSchema } from '../fragments.ts';

export const schemas: Reader = {
  query: () => `
    select 'pg_namespace:' || n.oid as address, quote_ident(n.nspname) as name,
      pg_get_userbyid(n.nspowner) as owner, ${aclColumns('n.nspacl', "'n'", 'n.nspowner')}
    from pg_namespace n where ${userSchema('n')}`,

  read: (row) => [
    {
      kind: 'schema',
      addresses: [row.address],
      name: row.name,
      definition: {},
      facts: { owner: row.owner, target: `SCHEMA ${row.name}` },
      acl: readAcl(row),
    },
  ],
};
