import { fillColumnSafely } from '../column-steps.ts';
import type { Column } from '../parsed.ts';
import type { LintStatement, Problem, Rule } from '../rule.ts';

/** A value that has to be worked out for every row: a volatile default, a stored expression, a sequence. */
export const addingFieldWithDefault: Rule = {
  name: 'adding-field-with-default',
  level: 'error',
  check: (file) =>
    file.statements.flatMap((statement) => {
      const { parsed } = statement;
      if (parsed.kind !== 'alter-table' || file.batch.isNew(parsed.table, statement)) return [];
      const { table } = parsed;
      return parsed.actions.flatMap((action): Problem[] => {
        if (action.kind !== 'add-column' || action.column.primaryKey || !isWorkedOut(action.column, statement))
          return [];
        return [
          {
            at: statement,
            message: `The whole table is rewritten while nobody can read it: the value of ${action.column.name.sql} has to be worked out for every row.`,
            safe: fillColumnSafely(table, action.column, file.batch),
          },
        ];
      });
    }),
};

function isWorkedOut({ value, counts }: Column, { squawk }: LintStatement): boolean {
  if (counts) return true;
  // squawk knows the functions that give another value for every row; a constant beside them is none of its concern.
  return (
    value !== undefined && /[(+*/-]/.test(value) && squawk.some(({ rule }) => rule === 'adding-field-with-default')
  );
}
