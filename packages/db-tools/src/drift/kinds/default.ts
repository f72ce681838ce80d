import type { KindSql } from '../kind-sql.ts';

type Default = { expression: string };

export const columnDefault: KindSql<Default> = {
  create: ({ name, on, definition: { expression } }) => [
    `ALTER TABLE ONLY ${on} ALTER COLUMN ${name} SET DEFAULT ${expression}`,
  ],
  drop: ({ name, on }) => [`ALTER TABLE ONLY ${on} ALTER COLUMN ${name} DROP DEFAULT`],
  alter: (_, after) => ({ statements: columnDefault.create(after, { get: () => undefined, children: () => [] }) }),
};
