import type { Reader } from '../draft.ts';
import { qualified, userMade } from '../fragments.ts';

/** How `ALTER TABLE … TRIGGER` and its kin say what `tgenabled`, `ev_enabled` and `evtenabled` stand for. */
export const ENABLED: Record<string, string> = { O: 'ENABLE', D: 'DISABLE', R: 'ENABLE REPLICA', A: 'ENABLE ALWAYS' };

export const triggers: Reader = {
  query: () => `
    select 'pg_trigger:' || t.oid as address, 'pg_class:' || t.tgrelid as parent, quote_ident(t.tgname) as name,
      ${qualified('n', 'c.relname')} as on, pg_get_triggerdef(t.oid) as definition, t.tgenabled as enabled
    from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
    where not t.tgisinternal and t.tgparentid = 0 and ${userMade('c.oid', 'n')}`,

  read: (row) => [
    {
      kind: 'trigger',
      addresses: [row.address],
      parent: row.parent,
      name: row.name,
      on: row.on,
      definition: { definition: row.definition, enabled: ENABLED[row.enabled] },
      facts: { target: `TRIGGER ${row.name} ON ${row.on}` },
    },
  ],
};
