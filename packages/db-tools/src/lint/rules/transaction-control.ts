import type { LintFile, Rule } from '../rule.ts';
import { joinStatements, sameFile } from '../safe-form.ts';

/** The runner opens and ends the transactions; it refuses these statements as well. */
export const transactionControl: Rule = {
  name: 'transaction-control',
  level: 'error',
  squawk: ['transaction-nesting', 'ban-uncommitted-transaction'],
  check: (file) =>
    file.statements.flatMap((statement) =>
      statement.refused === undefined
        ? []
        : [{ at: statement, message: `${statement.refused}.`, safe: [sameFile(file.path, rest(file))] }],
    ),
};

/** The file without what the runner does by itself. */
function rest({ statements }: LintFile): string {
  return joinStatements(statements.flatMap(({ text, refused }) => (refused === undefined ? [text] : [])));
}
