import type { LintFile, LintStatement, Problem, Rule } from '../rule.ts';
import { joinStatements } from '../safe-form.ts';
import { isSame, type SqlName } from '../sql-name.ts';

export const dropWithoutContract: Rule = {
  name: 'drop-without-contract',
  level: 'error',
  squawk: ['ban-drop-column', 'ban-drop-table', 'ban-drop-database'],
  check: (file) => {
    if (file.directives.phase === 'contract') return [];
    return file.statements.flatMap((statement): Problem[] => {
      const what = dropped(statement, file);
      if (what === undefined) return [];
      return [
        {
          at: statement,
          message: `Code that runs may still use ${what}; what is in it is lost. A file that takes something away says that nothing uses it any more.`,
          safe: [
            { do: `release code that does not use ${what}` },
            { migration: `drop_${nameOf(what)}`, sql: joinStatements([statement.text], 'phase=contract') },
          ],
        },
      ];
    });
  },
};

/** Kinds of objects that hold data or that code calls by name. */
const KINDS = new Set(
  'TABLE SCHEMA VIEW TYPE DOMAIN SEQUENCE FUNCTION PROCEDURE AGGREGATE EXTENSION DATABASE'.split(' '),
);

function dropped(statement: LintStatement, file: LintFile): string | undefined {
  const { parsed } = statement;
  if (parsed.kind === 'alter-table') {
    if (file.batch.isNew(parsed.table, statement)) return undefined;
    const action = parsed.actions.find(({ kind }) => kind === 'drop-column');
    return action?.kind === 'drop-column' ? `${parsed.table.sql}.${action.column.sql}` : undefined;
  }
  if (parsed.kind !== 'drop' || !KINDS.has(parsed.what)) return undefined;
  return parsed.names.find(
    (name) => !file.batch.isNew(name, statement) && !isMadeAgain(parsed.what, name, statement, file),
  )?.sql;
}

/** A view or function that is replaced; of an enum another rule tells. */
function isMadeAgain(what: string, name: SqlName, after: LintStatement, { statements }: LintFile): boolean {
  if (what === 'TABLE' || what === 'SCHEMA' || what === 'DATABASE') return false;
  return statements.some(({ order, parsed }) => {
    if (order <= after.order) return false;
    if (parsed.kind === 'create-enum') return what === 'TYPE' && isSame(parsed.type, name);
    return parsed.kind === 'create' && parsed.what === what && isSame(parsed.name, name);
  });
}

function nameOf(what: string): string {
  return what.replaceAll('"', '').split('.').slice(-2).join('_');
}
