import { quoteIdentifier } from '../../migrator/quote.ts';
import type { Action } from '../parse.ts';
import type { Problem, Rule, SafeStep } from '../rule.ts';
import { joinStatements, listColumns, requireColumnSafely } from '../safe-form.ts';
import { fitName, type SqlName } from '../sql-name.ts';

/** UNIQUE and PRIMARY KEY build an index under the strongest lock, unless it is there already. */
export const disallowedUniqueConstraint: Rule = {
  name: 'disallowed-unique-constraint',
  level: 'error',
  squawk: ['disallowed-unique-constraint', 'adding-serial-primary-key-field'],
  check: (file) =>
    file.statements.flatMap((statement) => {
      const { parsed } = statement;
      if (parsed.kind !== 'alter-table' || file.batch.isNew(parsed.table, statement)) return [];
      const { table } = parsed;
      return parsed.actions.flatMap((action): Problem[] => {
        const safe = safeForm(action, table);
        if (!safe) return [];
        return [
          {
            at: statement,
            message: `Nobody can read or write ${table.sql} while the index of the constraint is built. Build it first, then make it the constraint.`,
            safe,
          },
        ];
      });
    }),
};

function safeForm(action: Action, table: SqlName): SafeStep[] | undefined {
  if (action.kind === 'add-column' && action.column.unique) {
    const { name, type } = action.column;
    return build(table, [name.name], 'UNIQUE', undefined, [`ALTER TABLE ${table.sql} ADD COLUMN ${name.sql} ${type}`]);
  }
  if (action.kind !== 'add-constraint' || action.constraint.usingIndex) return undefined;
  const { type, name } = action.constraint;
  const columns = action.constraint.columns.map((column) => column.name);
  if (type === 'unique') return build(table, columns, 'UNIQUE', name?.name);
  if (type !== 'primary key') return undefined;
  return [
    // A column that may be NULL would be scanned for it under the lock.
    ...columns.map((column) => ({
      migration: `require_${table.name}_${column}`,
      sql: requireColumnSafely(table, column),
    })),
    ...build(table, columns, 'PRIMARY KEY', name?.name),
  ];
}

function build(
  table: SqlName,
  columns: string[],
  type: 'UNIQUE' | 'PRIMARY KEY',
  given?: string,
  before: string[] = [],
): SafeStep[] {
  const name = fitName(given ?? `${table.name}_${columns.join('_')}_${type === 'UNIQUE' ? 'key' : 'pkey'}`);
  const constraint = quoteIdentifier(name);
  return [
    {
      migration: `add_${name}`,
      sql: joinStatements([
        ...before,
        `CREATE UNIQUE INDEX CONCURRENTLY ${constraint} ON ${table.sql} (${listColumns(columns)})`,
        `ALTER TABLE ${table.sql} ADD CONSTRAINT ${constraint} ${type} USING INDEX ${constraint}`,
      ]),
    },
  ];
}
