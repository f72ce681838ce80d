import type { Reader } from '../draft.ts';
import { qualified, statisticsTarget, userMade } from '../fragments.ts';

export const statistics: Reader = {
  query: () => `
    select 'pg_statistic_ext:' || s.oid as address, 'pg_class:' || s.stxrelid as parent, ${qualified('n', 's.stxname')} as name,
      pg_get_statisticsobjdef(s.oid) as definition, ${statisticsTarget('s.stxstattarget')} as target,
      pg_get_userbyid(s.stxowner) as owner
    from pg_statistic_ext s join pg_namespace n on n.oid = s.stxnamespace where ${userMade('s.oid', 'n')}`,

  read: (row) => [
    {
      kind: 'statistics',
      addresses: [row.address],
      parent: row.parent,
      name: row.name,
      definition: { definition: row.definition, target: row.target },
      facts: { owner: row.owner, target: `STATISTICS ${row.name}` },
    },
  ],
};
