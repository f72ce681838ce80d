import { quoteIdentifier } from '../../migrator/quote.ts';
import { replaceColumnSafely } from '../column-steps.ts';
import { typeBefore } from '../known.ts';
import type { Problem, Rule } from '../rule.ts';

export const renamingColumn: Rule = {
  name: 'renaming-column',
  level: 'error',
  squawk: ['renaming-column'],
  check: (file) =>
    file.statements.flatMap((statement) => {
      const { parsed } = statement;
      if (parsed.kind !== 'alter-table' || file.batch.isNew(parsed.table, statement)) return [];
      const { table } = parsed;
      return parsed.actions.flatMap((action): Problem[] => {
        if (action.kind !== 'rename-column') return [];
        const [from, to] = [action.from.name, action.to.name];
        const type = typeBefore(file.batch, table, from);
        return [
          {
            at: statement,
            message: `Code that runs asks for ${action.from.sql} and fails from that moment on. Rename it in the code alone (${camel(to)}: text('${from}')), or make a new column beside it.`,
            safe:
              type === undefined
                ? [
                    {
                      do: `write ${camel(to)}: text('${from}') in the schema, with the column's own type; the database stays as it is`,
                    },
                  ]
                : replaceColumnSafely(
                    table,
                    from,
                    { name: to, type: quoteType(type), value: quoteIdentifier(from) },
                    file.batch,
                  ),
          },
        ];
      });
    }),
};

/** A type of the user's own may need its quotes. */
function quoteType(type: string): string {
  return /^[a-z_][\w ]*(\([\d, ]+\))?( with(out)? time zone)?(\[\])*$/.test(type)
    ? type
    : type.split('.').map(quoteIdentifier).join('.');
}

function camel(name: string): string {
  return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}
