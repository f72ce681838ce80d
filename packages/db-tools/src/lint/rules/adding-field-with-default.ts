import { quoteIdentifier } from '../../migrator/quote.ts';
import type { Problem, Rule } from '../rule.ts';
import { backfillSafely, joinStatements } from '../safe-form.ts';

/** Found by squawk, which knows the functions that give another value for every row. */
export const addingFieldWithDefault: Rule = {
  name: 'adding-field-with-default',
  level: 'error',
  check: (file) =>
    file.statements.flatMap((statement) => {
      const { parsed, squawk } = statement;
      if (parsed.kind !== 'alter-table' || file.batch.isNew(parsed.table, statement)) return [];
      if (!squawk.some(({ rule }) => rule === 'adding-field-with-default')) return [];
      const { table } = parsed;
      return parsed.actions.flatMap((action): Problem[] => {
        if (action.kind !== 'add-column') return [];
        const { name, type, value } = action.column;
        if (value === undefined) return [];
        const column = quoteIdentifier(name.name);
        const isDefault = /\bDEFAULT\b/i.test(action.sql);
        const statements = [
          `ALTER TABLE ${table.sql} ADD COLUMN ${column} ${type}`,
          ...(isDefault ? [`ALTER TABLE ${table.sql} ALTER COLUMN ${column} SET DEFAULT ${value}`] : []),
        ];
        return [
          {
            at: statement,
            message: `The whole table is rewritten while nobody can read it: ${value} has to be worked out for every row.`,
            safe: [
              { migration: `add_${table.name}_${name.name}`, sql: joinStatements(statements) },
              ...(isDefault ? [] : [{ do: `release code that writes ${name.sql}` }]),
              { migration: `backfill_${table.name}_${name.name}`, sql: backfillSafely(table, name.name, value) },
            ],
          },
        ];
      });
    }),
};
