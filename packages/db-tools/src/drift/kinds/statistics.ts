import type { KindSql } from '../kind-sql.ts';

type Statistics = { definition: string; target?: number };

export const statistics: KindSql<Statistics> = {
  create: ({ name, definition: { definition, target } }) => [
    definition,
    ...(target === undefined ? [] : [setTarget(name, target)]),
  ],
  drop: ({ name }) => [`DROP STATISTICS ${name}`],
  alter: ({ name, definition: before }, { definition: after }) =>
    before.definition === after.definition ? { statements: [setTarget(name, after.target ?? -1)] } : undefined,
};

function setTarget(name: string, target: number): string {
  return `ALTER STATISTICS ${name} SET STATISTICS ${target}`;
}
