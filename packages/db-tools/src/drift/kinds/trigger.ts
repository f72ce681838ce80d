import type { KindSql } from '../kind-sql.ts';

type Trigger = { definition: string; enabled: string };

export const trigger: KindSql<Trigger> = {
  create: ({ name, on, definition: { definition, enabled } }) => [
    definition,
    ...(enabled === 'ENABLE' ? [] : [`ALTER TABLE ${on} ${enabled} TRIGGER ${name}`]),
  ],
  drop: ({ name, on }) => [`DROP TRIGGER ${name} ON ${on}`],
  alter: ({ definition: before }, { name, on, definition: after }) =>
    before.definition === after.definition
      ? { statements: [`ALTER TABLE ${on} ${after.enabled} TRIGGER ${name}`] }
      : undefined,
};
