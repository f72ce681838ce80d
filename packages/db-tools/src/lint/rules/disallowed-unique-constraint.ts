import { quoteIdentifier } from '../../migrator/quote.ts';
import { addColumn, fillColumnSafely, requireColumnSafely } from '../column-steps.ts';
import type { Action } from '../parsed.ts';
import type { Batch, Problem, Rule, SafeStep } from '../rule.ts';
import { joinStatements, listColumns } from '../safe-form.ts';
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
        const safe = safeForm(action, table, file.batch);
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

function safeForm(action: Action, table: SqlName, batch: Batch): SafeStep[] | undefined {
  if (action.kind === 'add-column') {
    const { column } = action;
    if (column.primaryKey) return [...fillColumnSafely(table, column, batch), ...primaryKey(table, [column.name.name])];
    if (column.unique) return [addColumn(table, column), build(table, [column.name.name], 'UNIQUE')];
    return undefined;
  }
  if (action.kind !== 'add-constraint' || action.constraint.usingIndex) return undefined;
  const { type, name, sql } = action.constraint;
  const columns = action.constraint.columns.map((column) => column.name);
  if (type === 'primary key') return primaryKey(table, columns, name?.name);
  if (type !== 'unique') return undefined;
  return [build(table, columns, 'UNIQUE', name?.name, /\bNULLS\s+NOT\s+DISTINCT\b/i.test(sql))];
}

/** A column that may be NULL would be scanned for it under the lock. */
function primaryKey(table: SqlName, columns: string[], name?: string): SafeStep[] {
  const required = columns.map((column) => ({
    migration: `require_${table.name}_${column}`,
    sql: requireColumnSafely(table, column),
  }));
  return [...required, build(table, columns, 'PRIMARY KEY', name)];
}

function build(
  table: SqlName,
  columns: string[],
  type: 'UNIQUE' | 'PRIMARY KEY',
  given?: string,
  nullsNotDistinct = false,
): SafeStep {
  const name = fitName(given ?? `${table.name}_${columns.join('_')}_${type === 'UNIQUE' ? 'key' : 'pkey'}`);
  const constraint = quoteIdentifier(name);
  const nulls = nullsNotDistinct ? ' NULLS NOT DISTINCT' : '';
  return {
    migration: `add_${name}`,
    sql: joinStatements([
      `CREATE UNIQUE INDEX CONCURRENTLY ${constraint} ON ${table.sql} (${listColumns(columns)})${nulls}`,
      `ALTER TABLE ${table.sql} ADD CONSTRAINT ${constraint} ${type} USING INDEX ${constraint}`,
    ]),
  };
}
