import type { Reader } from '../draft.ts';
import { qualified, userMade } from '../fragments.ts';
import { ENABLED } from './triggers.ts';

export const rules: Reader = {
  query: () => `
    select 'pg_rewrite:' || r.oid as address, 'pg_class:' || r.ev_class as parent, quote_ident(r.rulename) as name,
      ${qualified('n', 'c.relname')} as on, pg_get_ruledef(r.oid) as definition, r.ev_enabled as enabled
    from pg_rewrite r join pg_class c on c.oid = r.ev_class join pg_namespace n on n.oid = c.relnamespace
    where r.rulename <> '_RETURN' and ${userMade('c.oid', 'n')}`,

  read: (row) => [
    {
      kind: 'rule',
      addresses: [row.address],
      parent: row.parent,
      name: row.name,
      on: row.on,
      definition: { definition: (row.definition as string).replace(/;$/, ''), enabled: ENABLED[row.enabled] },
      facts: { target: `RULE ${row.name} ON ${row.on}` },
    },
  ],
};
