import { quoteIdentifier } from '../../migrator/quote.ts';
import { replaceColumnSafely } from '../column-steps.ts';
import { typeBefore } from '../known.ts';
import type { Rule } from '../rule.ts';
import { isAssignable, keepsRows } from '../types.ts';
import { enumRecreated } from './enum-recreated.ts';

export const changingColumnType: Rule = {
  name: 'changing-column-type',
  level: 'error',
  squawk: ['changing-column-type'],
  check: (file) => {
    // The rule about the type as a whole says it for all of its columns.
    if (enumRecreated.check(file).length > 0) return [];
    return file.statements.flatMap((statement) => {
      const { parsed } = statement;
      if (parsed.kind !== 'alter-table' || file.batch.isNew(parsed.table, statement)) return [];
      return parsed.actions.flatMap((action) => {
        if (action.kind !== 'set-type') return [];
        const column = action.column.name;
        const old = typeBefore(file.batch, parsed.table, column);
        if (
          old !== undefined &&
          action.using === undefined &&
          (keepsRows(old, action.type) || !isAssignable(old, action.type))
        )
          return [];
        return [
          {
            at: statement,
            message:
              'The whole table is rewritten while nobody can read it, and code that runs meets another type from one moment to the next.',
            safe: replaceColumnSafely(
              parsed.table,
              column,
              {
                name: `${column}_new`,
                type: action.type,
                value: action.using ?? `${quoteIdentifier(column)}::${action.type}`,
              },
              file.batch,
            ),
          },
        ];
      });
    });
  },
};
