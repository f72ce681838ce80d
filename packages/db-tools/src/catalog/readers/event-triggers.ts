import type { Reader } from '../draft.ts';
import { qualified } from '../fragments.ts';
import { ENABLED } from './triggers.ts';

export const eventTriggers: Reader = {
  query: () => `
    select 'pg_event_trigger:' || e.oid as address, quote_ident(e.evtname) as name, e.evtevent as event,
      ${qualified('n', 'p.proname')} as function, to_json(e.evttags) as tags, e.evtenabled as enabled,
      pg_get_userbyid(e.evtowner) as owner
    from pg_event_trigger e join pg_proc p on p.oid = e.evtfoid join pg_namespace n on n.oid = p.pronamespace`,

  read: (row) => [
    {
      kind: 'event trigger',
      addresses: [row.address],
      name: row.name,
      definition: { event: row.event, function: row.function, tags: row.tags, enabled: ENABLED[row.enabled] },
      facts: { owner: row.owner, target: `EVENT TRIGGER ${row.name}` },
    },
  ],
};
