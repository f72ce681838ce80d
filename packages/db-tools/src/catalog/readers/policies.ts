import type { Reader } from '../draft.ts';
import { qualified, userMade } from '../fragments.ts';

const COMMANDS: Record<string, string> = { '*': 'ALL', r: 'SELECT', a: 'INSERT', w: 'UPDATE', d: 'DELETE' };

export const policies: Reader = {
  query: () => `
    select 'pg_policy:' || p.oid as address, 'pg_class:' || p.polrelid as parent, quote_ident(p.polname) as name,
      ${qualified('n', 'c.relname')} as on, p.polpermissive as permissive, p.polcmd as command,
      (select json_agg(case r when 0 then 'PUBLIC' else quote_ident(pg_get_userbyid(r)) end
         order by pg_get_userbyid(r)) from unnest(p.polroles) r) as roles,
      pg_get_expr(p.polqual, p.polrelid) as "using", pg_get_expr(p.polwithcheck, p.polrelid) as "check"
    from pg_policy p join pg_class c on c.oid = p.polrelid join pg_namespace n on n.oid = c.relnamespace
    where ${userMade('c.oid', 'n')}`,

  read: (row) => [
    {
      kind: 'policy',
      addresses: [row.address],
      parent: row.parent,
      name: row.name,
      on: row.on,
      definition: {
        permissive: row.permissive,
        command: COMMANDS[row.command],
        roles: row.roles,
        using: row.using,
        check: row.check,
      },
      facts: { target: `POLICY ${row.name} ON ${row.on}` },
    },
  ],
};
