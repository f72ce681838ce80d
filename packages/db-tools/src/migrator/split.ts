import { DbError, EXIT } from '../errors.ts';
import { isSymbol, type Token, tokenize, UnfinishedToken } from './lexer.ts';
import { lineAndColumn } from './position.ts';

export interface Statement {
  /** From 1. */
  number: number;
  /** Without the comments before it and the semicolon after it. */
  text: string;
  /** Offset in the file, in UTF-16 units. */
  start: number;
}

/**
 * The statements of a file. A semicolon ends one unless it stands in a quote, in parentheses (CREATE RULE … DO (a; b))
 * or in a BEGIN ATOMIC body; drizzle's marker ends one where it is a comment, and is plain text inside of a literal.
 * Throws exit 3 for what no server could read: an unclosed quote, a psql command, a NUL.
 */
export function splitStatements(sql: string, name: string): Statement[] {
  const statements: Statement[] = [];
  const nul = sql.indexOf('\0');
  if (nul !== -1)
    throw unreadable(name, sql, nul, 'a NUL character, at which the server would stop reading', 'Remove it.');
  let nesting = newNesting();
  let start = -1;
  let end = -1;
  const finish = () => {
    if (start !== -1) statements.push({ number: statements.length + 1, text: sql.slice(start, end), start });
    start = -1;
    nesting = newNesting();
  };
  try {
    for (const token of tokenize(sql)) {
      if (token.kind === 'comment') continue;
      const top = nesting.parentheses === 0 && nesting.blocks === 0;
      if (token.kind === 'marker') {
        if (top) finish();
        continue;
      }
      if (isSymbol(token, ';') && top) {
        finish();
        continue;
      }
      if (start === -1) {
        if (isSymbol(token, '\\')) {
          throw unreadable(name, sql, token.start, 'a psql command', 'Only SQL works here; remove the line.');
        }
        start = token.start;
      }
      end = token.end;
      follow(nesting, token);
    }
  } catch (error) {
    if (!(error instanceof UnfinishedToken)) throw error;
    throw unreadable(name, sql, error.start, `a ${error.what} that is not closed`, 'Close it.');
  }
  finish();
  return statements;
}

interface Nesting {
  parentheses: number;
  /** BEGIN ATOMIC, and the CASEs in it. */
  blocks: number;
  /** The first words, to know a CREATE FUNCTION. */
  words: string[];
  previous: string;
  /** BEGIN was the last word, so that ATOMIC opens a body; a function may well be named `begin`. */
  begin: boolean;
}

function newNesting(): Nesting {
  return { parentheses: 0, blocks: 0, words: [], previous: '', begin: false };
}

function follow(nesting: Nesting, token: Token): void {
  const { text, kind } = token;
  if (kind === 'symbol') {
    if (text === '(') nesting.parentheses++;
    if (text === ')' && nesting.parentheses > 0) nesting.parentheses--;
  }
  if (kind === 'word') {
    if (nesting.words.length < 4) nesting.words.push(text);
    // After AS or a dot, CASE and END are names.
    const isName = nesting.previous === 'AS' || nesting.previous === '.';
    if (nesting.blocks === 0) {
      if (text === 'ATOMIC' && nesting.begin && createsRoutine(nesting.words)) nesting.blocks = 1;
    } else if (!isName && nesting.parentheses === 0) {
      if (text === 'CASE') nesting.blocks++;
      if (text === 'END') nesting.blocks--;
    }
  }
  nesting.begin = kind === 'word' && text === 'BEGIN' && nesting.parentheses === 0;
  nesting.previous = kind === 'quoted' ? '' : text;
}

function createsRoutine(words: string[]): boolean {
  return /^CREATE (OR REPLACE )?(FUNCTION|PROCEDURE)\b/.test(words.join(' '));
}

function unreadable(name: string, sql: string, offset: number, what: string, hint: string): DbError {
  const { line, column } = lineAndColumn(sql, offset);
  return new DbError('unreadable_sql', `${name}.sql:${line}:${column} has ${what}.`, { exit: EXIT.check, hint });
}
