import { quoteIdentifier } from '../../migrator/quote.ts';
import type { LintFile, LintStatement, Problem, Rule } from '../rule.ts';
import { joinStatements } from '../safe-form.ts';
import { isSame, type SqlName } from '../sql-name.ts';

export const renamingTable: Rule = {
  name: 'renaming-table',
  level: 'error',
  squawk: ['renaming-table'],
  check: (file) =>
    file.statements.flatMap((statement) => {
      const { parsed } = statement;
      if (parsed.kind !== 'alter-table' || file.batch.isNew(parsed.table, statement)) return [];
      const { table } = parsed;
      const schema = table.schema === undefined ? '' : `${quoteIdentifier(table.schema)}.`;
      return parsed.actions.flatMap((action): Problem[] => {
        if (action.kind !== 'rename-table' && action.kind !== 'set-schema') return [];
        if (keepsOldName(table, statement, file)) return [];
        const to =
          action.kind === 'rename-table'
            ? `${schema}${quoteIdentifier(action.to.name)}`
            : `${quoteIdentifier(action.to.name)}.${quoteIdentifier(table.name)}`;
        return [
          {
            at: statement,
            message: `Code that runs asks for ${table.sql} and fails from that moment on. A view under the old name, made in the same transaction, serves it until it is gone: simple views can be read and written.`,
            safe: [
              {
                migration: `rename_${table.name}`,
                sql: joinStatements([statement.text, `CREATE VIEW ${table.sql} AS SELECT * FROM ${to}`]),
              },
              { do: `release code that uses ${to}` },
              {
                migration: `drop_view_${table.name}`,
                sql: joinStatements([`DROP VIEW ${table.sql}`], 'phase=contract'),
              },
            ],
          },
        ];
      });
    }),
};

function keepsOldName(table: SqlName, after: LintStatement, { statements, script }: LintFile): boolean {
  return (
    script?.mode === 'transaction' &&
    statements.some(
      ({ order, parsed }) =>
        order > after.order && parsed.kind === 'create' && parsed.what === 'VIEW' && isSame(parsed.name, table),
    )
  );
}
