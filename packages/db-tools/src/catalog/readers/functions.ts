import { readAcl } from '../acl.ts';
import type { Reader } from '../draft.ts';
import { aclColumns, qualified, userMade } from '../fragments.ts';

/** Functions and procedures. A body counts with every blank, but a checkout may have changed its line ends. */
export const functions: Reader = {
  query: () => `
    select 'pg_proc:' || p.oid as address,
      ${qualified('n', 'p.proname')} || '(' || oidvectortypes(p.proargtypes) || ')' as name,
      quote_ident(n.nspname) as schema, p.prokind = 'p' as is_procedure, pg_get_function_arguments(p.oid) as arguments,
      pg_get_function_result(p.oid) as result, pg_get_functiondef(p.oid) as definition,
      pg_get_userbyid(p.proowner) as owner, ${aclColumns('p.proacl', "'f'", 'p.proowner')}
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where p.prokind <> 'a' and ${userMade('p.oid', 'n')}`,

  read: (row) => [
    {
      kind: 'function',
      addresses: [row.address],
      name: row.name,
      schema: row.schema,
      slot: `routine ${row.name}`,
      definition: {
        procedure: row.is_procedure || undefined,
        arguments: row.arguments,
        result: row.result,
        definition: (row.definition as string).replaceAll('\r\n', '\n').trimEnd(),
      },
      facts: { owner: row.owner, target: `${row.is_procedure ? 'PROCEDURE' : 'FUNCTION'} ${row.name}` },
      acl: readAcl(row),
    },
  ],
};
