import type { KindSql } from '../kind-sql.ts';

type Routine = { procedure?: true; arguments: string; result?: string; definition: string };

export const routine: KindSql<Routine> = {
  create: ({ definition: { definition } }) => [definition],
  drop: ({ facts: { target } }) => [`DROP ${target}`],
  // CREATE OR REPLACE keeps rights and whatever uses it, but cannot change names, types or defaults of what goes in and
  // out.
  alter({ definition: before }, { definition: after }) {
    const isSame =
      before.procedure === after.procedure && before.arguments === after.arguments && before.result === after.result;
    return isSame ? { statements: [after.definition] } : undefined;
  },
};
