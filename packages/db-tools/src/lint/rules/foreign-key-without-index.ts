import { quoteIdentifier } from '../../migrator/quote.ts';
import { isIndexed } from '../known.ts';
import { addedByTable, type Parsed } from '../parsed.ts';
import type { LintFile, LintStatement, Rule } from '../rule.ts';
import { addReferenceSafely, indexName, joinStatements, listColumns } from '../safe-form.ts';
import { fitName, type SqlName } from '../sql-name.ts';

export const foreignKeyWithoutIndex: Rule = {
  name: 'foreign-key-without-index',
  level: 'error',
  check: (file) =>
    file.statements.flatMap((statement) =>
      foreignKeys(statement.parsed)
        .filter(({ table, columns }) => !isIndexed(file.batch, table, columns))
        .map(({ table, columns, target }) => ({
          at: statement,
          message: `Every DELETE and every change of a key in ${target.sql} reads all of ${table.sql}, once per row: no index begins with ${columns.join(', ')}.`,
          safe: [
            { migration: `index_${table.name}_${columns.join('_')}`, sql: safeForm(table, columns, statement, file) },
          ],
        })),
    ),
};

interface ForeignKey {
  table: SqlName;
  columns: string[];
  target: SqlName;
}

function foreignKeys(parsed: Parsed): ForeignKey[] {
  const added = addedByTable(parsed);
  if (!added) return [];
  const { table, columns, constraints } = added;
  return [
    ...constraints.flatMap(({ type, references, columns }) =>
      type === 'foreign key' && references
        ? [{ table, columns: columns.map(({ name }) => name), target: references.table }]
        : [],
    ),
    ...columns.flatMap(({ name, references }) =>
      references ? [{ table, columns: [name.name], target: references.table }] : [],
    ),
  ];
}

/** For an existing table the index comes first and the key is added without keeping writers out. */
function safeForm(table: SqlName, columns: string[], statement: LintStatement, { batch }: LintFile): string {
  const { parsed, text } = statement;
  const on = `${indexName(table, columns)} ON ${table.sql} (${listColumns(columns)})`;
  if (parsed.kind === 'create-table' || batch.isNew(table, statement)) {
    return joinStatements([text, `CREATE INDEX ${on}`]);
  }
  const concurrently = `CREATE INDEX CONCURRENTLY ${on}`;
  if (parsed.kind !== 'alter-table') return joinStatements([concurrently]);
  for (const action of parsed.actions) {
    if (action.kind === 'add-column' && action.column.references) {
      return addReferenceSafely(table, { ...action.column, references: action.column.references });
    }
  }
  const added = parsed.actions.flatMap((action) =>
    action.kind === 'add-constraint' && action.constraint.type === 'foreign key' ? [action.constraint] : [],
  );
  return joinStatements(
    [
      concurrently,
      ...added.flatMap(({ name, sql }) => {
        const constraint = name?.sql ?? quoteIdentifier(fitName(`${table.name}_${columns.join('_')}_fk`));
        return [
          `ALTER TABLE ${table.sql} ADD CONSTRAINT ${constraint} ${sql} NOT VALID`,
          `ALTER TABLE ${table.sql} VALIDATE CONSTRAINT ${constraint}`,
        ];
      }),
    ],
    'transaction=each',
  );
}
