import type { KindSql } from '../kind-sql.ts';

/** Operators, casts, text search configurations, …: what makes them is left to a person. */
export const other: KindSql = {
  create: ({ name }) => [`-- create the ${name} by hand: no SQL is composed for its kind`],
  // A base type and its functions need each other.
  drop: ({ name, facts: { target } }) => [
    target?.startsWith('TYPE ') ? `-- drop the ${name} by hand, with its functions` : `DROP ${target}`,
  ],
  alter: ({ name, definition: before }, { definition: after }) => ({
    statements: [
      `-- change the ${name} by hand: no SQL is composed for its kind; it is ${JSON.stringify(before)} and should be ${JSON.stringify(after)}`,
    ],
  }),
};
