import type { KindSql } from '../kind-sql.ts';

type Domain = { type: string; collation?: string; default?: string; notNull?: true };

export const domain: KindSql<Domain> = {
  create({ name, definition: { type, collation, default: value, notNull } }) {
    const parts = [
      `CREATE DOMAIN ${name} AS ${type}`,
      collation && `COLLATE ${collation}`,
      value !== undefined && `DEFAULT ${value}`,
      notNull && 'NOT NULL',
    ];
    return [parts.filter(Boolean).join(' ')];
  },
  drop: ({ name }) => [`DROP DOMAIN ${name}`],
  alter({ name, definition: before }, { definition: after }) {
    if (before.type !== after.type || before.collation !== after.collation) return undefined;
    const statements: string[] = [];
    if (before.default !== after.default) {
      statements.push(
        `ALTER DOMAIN ${name} ${after.default === undefined ? 'DROP DEFAULT' : `SET DEFAULT ${after.default}`}`,
      );
    }
    if (before.notNull !== after.notNull)
      statements.push(`ALTER DOMAIN ${name} ${after.notNull ? 'SET' : 'DROP'} NOT NULL`);
    return { statements };
  },
};
