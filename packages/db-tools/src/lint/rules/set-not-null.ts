import { requireColumnSafely } from '../column-steps.ts';
import type { Parsed } from '../parsed.ts';
import type { LintFile, LintStatement, Rule } from '../rule.ts';
import { isSame, type SqlName } from '../sql-name.ts';

export const setNotNull: Rule = {
  name: 'set-not-null',
  level: 'error',
  squawk: ['adding-not-nullable-field'],
  check: (file) =>
    file.statements.flatMap((statement) => {
      const { parsed } = statement;
      if (parsed.kind !== 'alter-table' || file.batch.isNew(parsed.table, statement)) return [];
      return parsed.actions.flatMap((action) => {
        if (action.kind !== 'set-not-null') return [];
        if (hasValidCheck(parsed.table, action.column.name, statement, file)) return [];
        const { table } = parsed;
        return [
          {
            at: statement,
            message: `Every row is read while nobody can read or write ${table.sql}. A CHECK that is valid already spares it that.`,
            safe: [
              {
                migration: `require_${table.name}_${action.column.name}`,
                sql: requireColumnSafely(table, action.column.name),
              },
            ],
          },
        ];
      });
    }),
};

/** Whether a CHECK (column IS NOT NULL) was added NOT VALID and then validated, in this file or before. */
function hasValidCheck(table: SqlName, column: string, before: LintStatement, { batch }: LintFile): boolean {
  const statements = [
    ...batch.earlier(),
    ...batch.statements.filter(({ order }) => order < before.order).map(({ parsed }) => parsed),
  ];
  const constraints = new Set<string>();
  let valid = false;
  for (const action of statements.flatMap((parsed) => actionsOn(table, parsed))) {
    if (action.kind === 'add-constraint' && action.constraint.name && requires(action.constraint.sql, column)) {
      constraints.add(action.constraint.name.name);
    }
    if (action.kind === 'validate' && constraints.has(action.constraint.name)) valid = true;
  }
  return valid;
}

function actionsOn(table: SqlName, parsed: Parsed) {
  return parsed.kind === 'alter-table' && isSame(parsed.table, table) ? parsed.actions : [];
}

function requires(check: string, column: string): boolean {
  const [, name] = /^CHECK\s*\(\s*\(?\s*("?[^\s"]+"?)\s+IS\s+NOT\s+NULL\s*\)?\s*\)$/i.exec(check) ?? [];
  return name !== undefined && (name.startsWith('"') ? name.slice(1, -1) : name.toLowerCase()) === column;
}
