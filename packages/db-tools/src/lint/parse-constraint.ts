import { isSymbol, type Token } from '../migrator/lexer.ts';
import { TokenReader } from '../migrator/token-reader.ts';
import type { Constraint, Reference } from './parsed.ts';
import { readName } from './sql-name.ts';
import { insideParentheses, lastIndexOf, splitAtCommas, textOf } from './token-lists.ts';

const CONSTRAINTS = [
  ['FOREIGN', 'KEY'],
  ['CHECK'],
  ['UNIQUE'],
  ['PRIMARY', 'KEY'],
  ['EXCLUDE'],
  ['NOT', 'NULL'],
] as const;

/** A constraint of a table; undefined for what is none. */
export function parseConstraint(reader: TokenReader): Constraint | undefined {
  const named = reader.accept('CONSTRAINT');
  const name = named ? readName(reader) : undefined;
  const rest = reader.rest();
  const words = CONSTRAINTS.find((candidate) => reader.accept(...candidate));
  if (!words) return undefined;
  const list = reader.rest().findIndex((token) => isSymbol(token, '('));
  const type = words.join(' ').toLowerCase() as Constraint['type'];
  const names =
    type === 'check' || type === 'exclude' || list === -1 ? [] : insideParentheses(reader.rest().slice(list));
  const columns = splitAtCommas(names).flatMap((tokens) => readName(new TokenReader(reader.text, tokens)) ?? []);
  const notNull = type === 'not null' ? readName(reader) : undefined;
  const notValid = lastIndexOf(rest, ['NOT', 'VALID']);
  return {
    ...(name ? { name } : {}),
    type,
    columns: notNull ? [notNull] : columns,
    ...referencesOf(reader.text, rest),
    sql: textOf(reader.text, notValid === -1 ? rest : rest.slice(0, notValid)),
    notValid: notValid !== -1,
    usingIndex: lastIndexOf(rest, ['USING', 'INDEX']) !== -1,
  };
}

/** What REFERENCES names, of a column too. */
export function referencesOf(text: string, tokens: Token[]): { references?: Reference } {
  const at = lastIndexOf(tokens, ['REFERENCES']);
  if (at === -1) return {};
  const reader = new TokenReader(text, tokens.slice(at + 1));
  const table = readName(reader);
  if (!table) return {};
  const columns = isSymbol(reader.rest()[0], '(') ? splitAtCommas(insideParentheses(reader.rest())) : [];
  return {
    references: {
      table,
      columns: columns.flatMap((column) => readName(new TokenReader(text, column))?.name ?? []),
      sql: textOf(text, tokens.slice(at)),
    },
  };
}
