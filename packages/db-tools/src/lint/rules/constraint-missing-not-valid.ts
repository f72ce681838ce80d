import { quoteIdentifier } from '../../migrator/quote.ts';
import type { LintFile, LintStatement, Problem, Rule } from '../rule.ts';
import { addConstraintSafely, addReferenceSafely } from '../safe-form.ts';
import { fitName, isSame, type SqlName } from '../sql-name.ts';

/** Foreign keys, CHECKs and NOT NULLs. What needs an index has a rule of its own. */
export const constraintMissingNotValid: Rule = {
  name: 'constraint-missing-not-valid',
  level: 'error',
  squawk: ['constraint-missing-not-valid', 'adding-foreign-key-constraint'],
  check: (file) =>
    file.statements.flatMap((statement) => {
      const { parsed } = statement;
      if (parsed.kind !== 'alter-table' || file.batch.isNew(parsed.table, statement)) return [];
      const { table } = parsed;
      return parsed.actions.flatMap((action): Problem[] => {
        if (action.kind === 'add-column') {
          const { column } = action;
          const { references } = column;
          if (!references) return [];
          const safe = addReferenceSafely(table, { ...column, references });
          return [problem(statement, table, `add_${table.name}_${column.name.name}`, safe, references.table)];
        }
        if (action.kind !== 'add-constraint') return [];
        const { name, type, columns, sql, notValid, references } = action.constraint;
        if (notValid || !['foreign key', 'check', 'not null'].includes(type)) {
          return notValid && isValidatedWith(name, table, statement, file)
            ? [tooEarly(statement, table, name!, sql)]
            : [];
        }
        const words = [table.name, ...columns.map((column) => column.name), type === 'foreign key' ? 'fk' : 'check'];
        const constraint = name?.sql ?? quoteIdentifier(fitName(words.join('_')));
        const safe = addConstraintSafely(table, constraint, sql);
        return [problem(statement, table, `add_${constraint.replaceAll('"', '')}`, safe, references?.table)];
      });
    }),
};

function problem(at: LintStatement, table: SqlName, migration: string, sql: string, target?: SqlName): Problem {
  const tables = target && !isSame(target, table) ? `${table.sql} and ${target.sql}` : table.sql;
  return {
    at,
    message: `All rows are checked while nobody can ${target ? 'write' : 'read or write'} ${tables}. NOT VALID holds new rows to it at once; VALIDATE checks the old ones without keeping anybody out.`,
    safe: [{ migration, sql }],
  };
}

/** Whether the same transaction validates it, and so holds the lock of ADD CONSTRAINT all the while. */
function isValidatedWith(name: SqlName | undefined, table: SqlName, added: LintStatement, file: LintFile): boolean {
  if (!name) return false;
  const together = file.script?.segments.find(({ statements }) => statements.some((s) => s.number === added.number));
  return (together?.statements ?? []).some(({ number }) => {
    const { parsed } = file.statements[number - 1]!;
    return (
      parsed.kind === 'alter-table' &&
      isSame(parsed.table, table) &&
      parsed.actions.some((action) => action.kind === 'validate' && action.constraint.name === name.name)
    );
  });
}

function tooEarly(at: LintStatement, table: SqlName, name: SqlName, sql: string): Problem {
  return {
    at,
    message: `${name.sql} is validated in the same transaction, which holds the lock of ADD CONSTRAINT until it ends: nobody can write ${table.sql} meanwhile. Give each statement a transaction.`,
    safe: [{ migration: `add_${name.name}`, sql: addConstraintSafely(table, name.sql, sql) }],
  };
}
