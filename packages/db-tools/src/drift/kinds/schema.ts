import type { KindSql } from '../kind-sql.ts';

export const schema: KindSql = {
  create: ({ name }) => [`CREATE SCHEMA ${name}`],
  drop: ({ name }) => [`DROP SCHEMA ${name}`],
  isReplaceable: () => false,
};
