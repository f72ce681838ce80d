import type { KindSql } from '../kind-sql.ts';

/** Operators, casts, text search configurations, …: named, but left to a person. */
export const other: KindSql = {
  create: ({ name }) => [`-- create the ${name} by hand: no SQL is composed for its kind`],
  drop: ({ name }) => [`-- drop the ${name} by hand: no SQL is composed for its kind`],
  alter: ({ name, definition: before }, { definition: after }) => ({
    statements: [
      `-- change the ${name} by hand: no SQL is composed for its kind; it is ${JSON.stringify(before)} and should be ${JSON.stringify(after)}`,
    ],
  }),
};
