import type { KindSql } from '../kind-sql.ts';

type Owner = { owner: string };

export const owner: KindSql<Owner> = {
  create: ({ on, definition }) => [`ALTER ${on} OWNER TO ${definition.owner}`],
  // Something always has an owner: that of what is gone goes with it.
  drop: () => [],
  alter: (_, { on, definition }) => ({ statements: [`ALTER ${on} OWNER TO ${definition.owner}`] }),
};
