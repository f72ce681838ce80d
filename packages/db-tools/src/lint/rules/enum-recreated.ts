import { quoteIdentifier, quoteLiteral } from '../../migrator/quote.ts';
import { valuesBefore } from '../known.ts';
import type { LintFile, LintStatement, Rule, SafeStep } from '../rule.ts';
import { addConstraintSafely, joinStatements } from '../safe-form.ts';
import { fitName, isSame, type SqlName } from '../sql-name.ts';

/** drizzle-kit's way to take a value out of an enum, or to put one elsewhere. */
export const enumRecreated: Rule = {
  name: 'enum-recreated',
  level: 'error',
  check: (file) =>
    file.statements.flatMap((statement) => {
      const { parsed } = statement;
      if (parsed.kind !== 'create-enum' || !isDroppedBefore(parsed.type, statement, file)) return [];
      return [
        {
          at: statement,
          message: `Every table with a column of ${parsed.type.sql} is rewritten, twice, while nobody can read it, and the migration fails when a row holds a value that is gone. Add what is new; keep what nobody shall use any more in the type, and forbid it.`,
          safe: safeForm(parsed.type, parsed.values, file),
        },
      ];
    }),
};

function isDroppedBefore(type: SqlName, before: LintStatement, { statements, batch }: LintFile): boolean {
  return statements.some(
    (statement) =>
      statement.order < before.order &&
      statement.parsed.kind === 'drop' &&
      statement.parsed.what === 'TYPE' &&
      statement.parsed.names.some((name) => isSame(name, type) && !batch.isNew(name, statement)),
  );
}

function safeForm(type: SqlName, values: string[], file: LintFile): SafeStep[] {
  const before = valuesBefore(file.batch, type);
  // Without a snapshot every value may be new; IF NOT EXISTS passes over those that are not.
  const added = values.filter((value) => !before?.includes(value));
  const isNarrower = before === undefined || before.some((value) => !values.includes(value));
  const steps: SafeStep[] = [];
  if (added.length > 0) {
    const statements = added.map(
      (value) => `ALTER TYPE ${type.sql} ADD VALUE IF NOT EXISTS ${literal(value)}${place(value, values, before)}`,
    );
    steps.push({ migration: `extend_${type.name}`, sql: joinStatements(statements) });
  }
  if (!isNarrower) return steps;
  if (added.length > 0)
    steps.push({ do: 'release code that writes the new values alone; then change the rows that hold an old one' });
  for (const { table, column } of columnsOf(type, file)) {
    const constraint = quoteIdentifier(fitName(`${table.name}_${column}_values_check`));
    const list = values.map(literal).join(', ');
    steps.push({
      migration: `restrict_${table.name}_${column}`,
      sql: addConstraintSafely(table, constraint, `CHECK (${quoteIdentifier(column)} IN (${list}))`),
    });
  }
  return steps;
}

/** Where the value belongs: behind the one that it follows in the new list, when that is there already. */
function place(value: string, values: string[], before: string[] | undefined): string {
  const previous = values[values.indexOf(value) - 1];
  if (before === undefined || previous === undefined || before.at(-1) === previous) return '';
  return ` AFTER ${literal(previous)}`;
}

/** The columns that the file gives the type back to. */
function columnsOf(type: SqlName, { statements }: LintFile): { table: SqlName; column: string }[] {
  return statements.flatMap(({ parsed }) =>
    parsed.kind !== 'alter-table'
      ? []
      : parsed.actions.flatMap((action) =>
          action.kind === 'set-type' && plain(action.type).endsWith(plain(type.name))
            ? [{ table: parsed.table, column: action.column.name }]
            : [],
        ),
  );
}

function plain(text: string): string {
  return text.replaceAll('"', '').toLowerCase();
}

function literal(value: string): string {
  return quoteLiteral(value).trim();
}
