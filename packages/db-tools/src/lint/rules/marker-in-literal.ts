import { MARKER, tokenize } from '../../migrator/lexer.ts';
import { lineAndColumn } from '../../migrator/position.ts';
import type { LintStatement, Problem, Rule } from '../rule.ts';
import { sameFile } from '../safe-form.ts';

/** drizzle-kit cuts a file at this text wherever it stands; our runner only where it is a comment of its own. */
export const markerInLiteral: Rule = {
  name: 'marker-in-literal',
  level: 'error',
  check: ({ path, sql, statements }) => {
    if (!sql.includes(MARKER)) return [];
    return [...tokenize(sql)].flatMap(({ kind, text, start, end }): Problem[] => {
      if (kind === 'marker' || !sql.slice(start, end).includes(MARKER)) return [];
      const { line } = lineAndColumn(sql, start + sql.slice(start, end).indexOf(MARKER));
      const statement = statements.find((s) => s.start <= start && start < s.start + s.text.length);
      return [
        {
          at: statement ? { ...statement, line } : { line },
          message: `The text "${MARKER}" stands inside of a ${kind === 'comment' ? 'comment' : 'literal'}: drizzle-kit migrate would cut the statement in two there.`,
          safe: [sameFile(path, statement ? without(statement, text) : text.replaceAll(MARKER, APART))],
        },
      ];
    });
  },
};

const APART = MARKER.replace('-->', '-- >');

/** A string keeps its value; in a function's body the marker can only be a comment or a string of its own. */
function without({ text }: LintStatement, literal: string): string {
  const isPlain = /^[eEnN]?'/.test(literal);
  const prefix = literal.slice(0, literal.indexOf("'"));
  const replacement = isPlain
    ? `(${literal.replaceAll(MARKER, `--' || ${prefix}'${MARKER.slice(2)}`)})`
    : literal.replaceAll(MARKER, APART);
  return `${text.replaceAll(literal, () => replacement)};`;
}
