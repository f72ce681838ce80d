import type { KindSql } from '../kind-sql.ts';

type Rule = { definition: string; enabled: string };

export const rule: KindSql<Rule> = {
  create: ({ name, on, definition: { definition, enabled } }) => [
    definition,
    ...(enabled === 'ENABLE' ? [] : [`ALTER TABLE ${on} ${enabled} RULE ${name}`]),
  ],
  drop: ({ name, on }) => [`DROP RULE ${name} ON ${on}`],
  alter: ({ definition: before }, { name, on, definition: after }) =>
    before.definition === after.definition
      ? { statements: [`ALTER TABLE ${on} ${after.enabled} RULE ${name}`] }
      : undefined,
};
