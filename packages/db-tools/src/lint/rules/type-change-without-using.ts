import { quoteIdentifier } from '../../migrator/quote.ts';
import { replaceColumnSafely } from '../column-steps.ts';
import { typeBefore } from '../known.ts';
import type { Rule } from '../rule.ts';
import { isAssignable } from '../types.ts';

/**
 * drizzle-kit writes SET DATA TYPE alone, which the server refuses where values do not turn into the type by
 * themselves.
 */
export const typeChangeWithoutUsing: Rule = {
  name: 'type-change-without-using',
  level: 'error',
  check: (file) =>
    file.statements.flatMap((statement) => {
      const { parsed } = statement;
      if (parsed.kind !== 'alter-table' || file.batch.isNew(parsed.table, statement)) return [];
      return parsed.actions.flatMap((action) => {
        if (action.kind !== 'set-type' || action.using !== undefined) return [];
        const column = action.column.name;
        const old = typeBefore(file.batch, parsed.table, column);
        if (old === undefined || isAssignable(old, action.type)) return [];
        const name = quoteIdentifier(column);
        return [
          {
            at: statement,
            message: `It fails: ${old} does not turn into ${action.type} by itself (42804). With USING it would rewrite the table while nobody can read it.`,
            safe: replaceColumnSafely(
              parsed.table,
              column,
              {
                name: `${column}_new`,
                type: action.type,
                value: `${name}::text::${action.type}`,
              },
              file.batch,
            ),
          },
        ];
      });
    }),
};
