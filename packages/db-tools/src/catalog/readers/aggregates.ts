import { readAcl } from '../acl.ts';
import type { Reader } from '../draft.ts';
import { aclColumns, qualified, userMade } from '../fragments.ts';

export const aggregates: Reader = {
  query: () => `
    select 'pg_proc:' || p.oid as address, ${qualified('n', 'p.proname')} as plain_name, quote_ident(n.nspname) as schema,
      coalesce(nullif(pg_get_function_identity_arguments(p.oid), ''), '*') as identity,
      coalesce(nullif(pg_get_function_arguments(p.oid), ''), '*') as arguments, a.aggkind as kind,
      a.aggtransfn::regproc::text as "SFUNC", format_type(a.aggtranstype, null) as "STYPE", nullif(a.aggtransspace, 0) as "SSPACE",
      nullif(a.aggfinalfn, 0)::regproc::text as "FINALFUNC", a.aggfinalextra as "FINALFUNC_EXTRA", a.aggfinalmodify as final_modify,
      nullif(a.aggcombinefn, 0)::regproc::text as "COMBINEFUNC", nullif(a.aggserialfn, 0)::regproc::text as "SERIALFUNC",
      nullif(a.aggdeserialfn, 0)::regproc::text as "DESERIALFUNC", a.agginitval as "INITCOND",
      nullif(a.aggmtransfn, 0)::regproc::text as "MSFUNC", nullif(a.aggminvtransfn, 0)::regproc::text as "MINVFUNC",
      format_type(nullif(a.aggmtranstype, 0), null) as "MSTYPE", nullif(a.aggmtransspace, 0) as "MSSPACE",
      nullif(a.aggmfinalfn, 0)::regproc::text as "MFINALFUNC", a.aggmfinalextra as "MFINALFUNC_EXTRA", a.aggmfinalmodify as moving_final_modify,
      a.aggminitval as "MINITCOND", nullif(a.aggsortop, 0)::regoper::text as "SORTOP", p.proparallel as parallel,
      pg_get_userbyid(p.proowner) as owner, ${aclColumns('p.proacl', "'f'", 'p.proowner')}
    from pg_aggregate a join pg_proc p on p.oid = a.aggfnoid join pg_namespace n on n.oid = p.pronamespace
    where ${userMade('p.oid', 'n')}`,

  read(row) {
    const name = `${row.plain_name}(${row.identity})`;
    const all: Record<string, unknown> = row;
    const options = Object.fromEntries(
      Object.entries(all).filter(([key, value]) => key === key.toUpperCase() && value !== null && value !== false),
    );
    const modes: Record<string, string> = { r: 'READ_ONLY', s: 'SHAREABLE', w: 'READ_WRITE' };
    return [
      {
        kind: 'aggregate',
        addresses: [row.address],
        name,
        schema: row.schema,
        slot: `routine ${name}`,
        definition: {
          name: row.plain_name,
          arguments: row.arguments,
          kind: row.kind,
          options,
          ...(row.FINALFUNC ? { finalModify: modes[row.final_modify] } : {}),
          ...(row.MFINALFUNC ? { movingFinalModify: modes[row.moving_final_modify] } : {}),
          parallel: { s: 'SAFE', r: 'RESTRICTED', u: 'UNSAFE' }[row.parallel as string],
        },
        facts: { owner: row.owner, target: `AGGREGATE ${name}` },
        acl: readAcl(row),
      },
    ];
  },
};
