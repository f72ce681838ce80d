import { fillColumnSafely } from '../column-steps.ts';
import type { Rule } from '../rule.ts';

export const notNullWithoutDefault: Rule = {
  name: 'not-null-without-default',
  level: 'error',
  squawk: ['adding-required-field'],
  check: (file) =>
    file.statements.flatMap((statement) => {
      const { parsed } = statement;
      if (parsed.kind !== 'alter-table' || file.batch.isNew(parsed.table, statement)) return [];
      return parsed.actions.flatMap((action) => {
        // A primary key has a rule of its own.
        if (action.kind !== 'add-column' || !action.column.notNull || action.column.filled || action.column.primaryKey)
          return [];
        const { table } = parsed;
        const { name } = action.column;
        return [
          {
            at: statement,
            message: `It fails as soon as ${table.sql} has a row: there is no value for ${name.sql}. And code that runs does not write it yet.`,
            safe: fillColumnSafely(table, action.column, file.batch),
          },
        ];
      });
    }),
};
