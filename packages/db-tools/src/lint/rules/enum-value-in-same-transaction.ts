import { tokenize } from '../../migrator/lexer.ts';
import type { LintFile, LintStatement, Rule } from '../rule.ts';
import { joinStatements } from '../safe-form.ts';

/** `unsafe use of new value` (55P04): a value can be used once the transaction that added it has ended. */
export const enumValueInSameTransaction: Rule = {
  name: 'enum-value-in-same-transaction',
  level: 'error',
  check: (file) =>
    file.statements.flatMap((statement) => {
      const { parsed } = statement;
      if (parsed.kind !== 'add-enum-value' || file.batch.isNew(parsed.type, statement)) return [];
      const user = usersOf(parsed.value, statement, file)[0];
      if (!user) return [];
      return [
        {
          at: user,
          message: `'${parsed.value}' is added to ${parsed.type.sql} in line ${statement.line} of the same transaction, in which it cannot be used yet: the migration fails. Left to itself, the runner commits behind ADD VALUE.`,
          safe: [
            {
              migration: `add_${parsed.type.name}_${parsed.value}`,
              sql: joinStatements(file.statements.map(({ text }) => text)),
            },
          ],
        },
      ];
    }),
};

function usersOf(value: string, added: LintStatement, { script, statements }: LintFile): LintStatement[] {
  const together = script?.segments.find((segment) => segment.statements.some(({ number }) => number === added.number));
  const literal = `'${value.replaceAll("'", "''")}'`;
  return (together?.statements ?? [])
    .filter(
      ({ number, text }) => number > added.number && [...tokenize(text)].some((token) => token.text.includes(literal)),
    )
    .map(({ number }) => statements[number - 1]!)
    .filter(({ parsed }) => parsed.kind !== 'add-enum-value');
}
