import { quoteIdentifier } from '../migrator/quote.ts';
import type { Column, Reference } from './parsed.ts';
import type { SafeStep } from './rule.ts';
import { fitName, type SqlName } from './sql-name.ts';

/** Statements in a file of drizzle's layout. */
export function joinStatements(statements: string[], directive?: string): string {
  const sql = statements.map((statement) => `${statement};`).join('\n--> statement-breakpoint\n');
  return directive ? `-- db: ${directive}\n${sql}` : sql;
}

/** A constraint that old rows are checked against without keeping writers out: two statements, two transactions. */
export function addConstraintSafely(table: SqlName, constraint: string, definition: string): string {
  return joinStatements(
    [
      `ALTER TABLE ${table.sql} ADD CONSTRAINT ${constraint} ${definition} NOT VALID`,
      `ALTER TABLE ${table.sql} VALIDATE CONSTRAINT ${constraint}`,
    ],
    'transaction=each',
  );
}

/** A column that points to another table: it is indexed while it is empty, and then becomes a foreign key. */
export function addReferenceSafely(
  table: SqlName,
  { name, type, references }: Column & { references: Reference },
): string {
  const constraint = quoteIdentifier(fitName(`${table.name}_${name.name}_fk`));
  const column = quoteIdentifier(name.name);
  return joinStatements(
    [
      `ALTER TABLE ${table.sql} ADD COLUMN ${column} ${type}`,
      `CREATE INDEX CONCURRENTLY ${indexName(table, [name.name])} ON ${table.sql} (${column})`,
      `ALTER TABLE ${table.sql} ADD CONSTRAINT ${constraint} FOREIGN KEY (${column}) ${references.sql} NOT VALID`,
      `ALTER TABLE ${table.sql} VALIDATE CONSTRAINT ${constraint}`,
    ],
    'transaction=each',
  );
}

/** The file that the finding is in, changed. */
export function sameFile(path: string, sql: string): SafeStep {
  return { migration: path.replace(/^.*[/\\]/, '').replace(/\.sql$/, ''), sql };
}

/** `idx_files_user_id_folder_id`. */
export function indexName(table: SqlName, columns: string[]): string {
  return quoteIdentifier(fitName(`idx_${table.name}_${columns.join('_')}`));
}

export function listColumns(columns: string[]): string {
  return columns.map(quoteIdentifier).join(', ');
}
