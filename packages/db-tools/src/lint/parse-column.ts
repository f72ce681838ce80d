import { isSymbol, type Token } from '../migrator/lexer.ts';
import type { TokenReader } from '../migrator/token-reader.ts';
import { referencesOf } from './parse-constraint.ts';
import type { Column } from './parsed.ts';
import { readName } from './sql-name.ts';
import { insideParentheses, lastIndexOf, textOf } from './token-lists.ts';

/** A column with what stands behind its type; undefined for what is none. */
export function parseColumn(reader: TokenReader): Column | undefined {
  const name = readName(reader);
  if (!name || reader.tokens[0]?.text === 'LIKE') return undefined;
  const rest = reader.rest();
  const end = rest.findIndex((token) => token.kind === 'word' && AFTER_TYPE.has(token.text));
  const type = textOf(reader.text, end === -1 ? rest : rest.slice(0, end));
  const has = (...words: string[]) => lastIndexOf(rest, words) !== -1;
  const primaryKey = has('PRIMARY', 'KEY');
  const isSerial = /^(small|big)?serial\d?$/i.test(type);
  return {
    name,
    type,
    notNull: has('NOT', 'NULL') || primaryKey,
    filled: (has('DEFAULT') && !has('DEFAULT', 'NULL')) || has('GENERATED') || isSerial,
    primaryKey,
    unique: has('UNIQUE'),
    stored: has('STORED'),
    counts: isSerial || has('AS', 'IDENTITY'),
    ...defaultOf(reader.text, rest),
    ...referencesOf(reader.text, rest),
  };
}

/** The words at which a column's type has ended. */
const AFTER_TYPE = new Set(
  'CONSTRAINT NOT NULL CHECK DEFAULT GENERATED UNIQUE PRIMARY REFERENCES COLLATE DEFERRABLE INITIALLY STORAGE COMPRESSION'.split(
    ' ',
  ),
);

function defaultOf(text: string, tokens: Token[]): { value?: string } {
  const generated = lastIndexOf(tokens, ['ALWAYS', 'AS']);
  if (generated !== -1 && isSymbol(tokens[generated + 2], '(')) {
    return { value: textOf(text, insideParentheses(tokens.slice(generated + 2))) };
  }
  const at = lastIndexOf(tokens, ['DEFAULT']);
  if (at === -1) return {};
  const rest = tokens.slice(at + 1);
  // The first word belongs to the value, whatever it is: DEFAULT NULL.
  const end = rest.findIndex((token, index) => index > 0 && token.kind === 'word' && AFTER_TYPE.has(token.text));
  return { value: textOf(text, end === -1 ? rest : rest.slice(0, end)) };
}
