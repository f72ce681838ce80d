/** What PostgreSQL's scanner (scan.l) makes of a text, as far as finding statements needs it. */
export interface Token {
  kind: 'word' | 'quoted' | 'string' | 'number' | 'symbol' | 'comment' | 'marker';
  /** Offsets into the text, in UTF-16 units; `end` is exclusive. */
  start: number;
  end: number;
  /** Words in upper case, quoted names without their quotes, symbols and the rest as written. */
  text: string;
}

/** A quoted name may consist of the same character. */
export function isSymbol(token: Token | undefined, symbol: string): boolean {
  return token?.kind === 'symbol' && token.text === symbol;
}

/** A quote or comment without an end. */
export class UnfinishedToken extends Error {
  readonly start: number;
  readonly what: string;

  constructor(what: string, start: number) {
    super(`A ${what} is not closed.`);
    this.name = 'UnfinishedToken';
    this.what = what;
    this.start = start;
  }
}

/** drizzle-kit puts it between statements. */
export const MARKER = '--> statement-breakpoint';

// PostgreSQL's white space; \s would also take the no-break space, which is a letter to it.
const SPACE = /[ \t\n\r\f\v]+/y;
const LINE_COMMENT = /--[^\n\r]*/y;
const WORD = /[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*/y;
const NUMBER = /[0-9][0-9A-Za-z_.]*/y;
const DOLLAR_QUOTE = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y;
/** A string literal goes on after white space that contains a line end. */
const CONTINUATION = /(?:[ \t\f\v]|--[^\n\r]*)*[\n\r](?:[ \t\n\r\f\v]|--[^\n\r]*[\n\r])*'/y;

/**
 * The tokens of a text, white space left out. Throws UnfinishedToken. Reads strings as with
 * `standard_conforming_strings`.
 */
export function* tokenize(sql: string): Generator<Token> {
  for (let at = 0; at < sql.length; ) {
    const space = match(SPACE, sql, at);
    if (space) {
      at += space.length;
      continue;
    }
    const token = readToken(sql, at);
    yield token;
    at = token.end;
  }
}

function readToken(sql: string, start: number): Token {
  const char = sql[start]!;
  const next = sql[start + 1];
  switch (char) {
    case "'":
      return token(sql, 'string', start, endOfString(sql, start, start, false));
    case '"':
      return quotedName(sql, start, start);
    case '-':
      if (next === '-') return lineComment(sql, start);
      break;
    case '/':
      if (next === '*') return token(sql, 'comment', start, endOfBlockComment(sql, start));
      break;
    case '$': {
      const open = match(DOLLAR_QUOTE, sql, start);
      if (open) return token(sql, 'string', start, endOfDollarQuote(sql, start, open));
      break;
    }
    case 'e':
    case 'E':
      if (next === "'") return token(sql, 'string', start, endOfString(sql, start + 1, start, true));
      break;
    case 'b':
    case 'B':
    case 'x':
    case 'X':
    case 'n':
    case 'N':
      if (next === "'") return token(sql, 'string', start, endOfString(sql, start + 1, start, false));
      break;
    case 'u':
    case 'U':
      if (next === '&' && sql[start + 2] === "'")
        return token(sql, 'string', start, endOfString(sql, start + 2, start, false));
      if (next === '&' && sql[start + 2] === '"') return quotedName(sql, start + 2, start);
      break;
  }
  const word = match(WORD, sql, start);
  if (word) return { kind: 'word', start, end: start + word.length, text: word.toUpperCase() };
  const number = match(NUMBER, sql, start);
  if (number) return token(sql, 'number', start, start + number.length);
  return token(sql, 'symbol', start, start + 1);
}

function token(sql: string, kind: Token['kind'], start: number, end: number): Token {
  return { kind, start, end, text: sql.slice(start, end) };
}

function lineComment(sql: string, start: number): Token {
  // Whatever follows the marker on its line is SQL again: drizzle cuts at the text, not at the line.
  if (sql.startsWith(MARKER, start)) return token(sql, 'marker', start, start + MARKER.length);
  return token(sql, 'comment', start, start + match(LINE_COMMENT, sql, start)!.length);
}

function endOfBlockComment(sql: string, start: number): number {
  let depth = 0;
  for (let at = start; at < sql.length; ) {
    if (sql.startsWith('/*', at)) {
      depth++;
      at += 2;
    } else if (sql.startsWith('*/', at)) {
      depth--;
      at += 2;
      if (depth === 0) return at;
    } else {
      at++;
    }
  }
  throw new UnfinishedToken('comment', start);
}

function endOfDollarQuote(sql: string, start: number, tag: string): number {
  const close = sql.indexOf(tag, start + tag.length);
  if (close === -1) throw new UnfinishedToken(`dollar quote (${tag})`, start);
  return close + tag.length;
}

/** `open` is where the quote stands, `start` where the token began (E, U&, …). */
function endOfString(sql: string, open: number, start: number, escapes: boolean): number {
  for (let at = open + 1; at < sql.length; at++) {
    const char = sql[at];
    if (escapes && char === '\\') {
      at++;
    } else if (char === "'") {
      if (sql[at + 1] === "'") {
        at++;
        continue;
      }
      const more = escapes ? match(CONTINUATION, sql, at + 1) : undefined;
      if (more === undefined) return at + 1;
      at += more.length;
    }
  }
  throw new UnfinishedToken('string', start);
}

function quotedName(sql: string, open: number, start: number): Token {
  for (let at = open + 1; at < sql.length; at++) {
    if (sql[at] !== '"') continue;
    if (sql[at + 1] !== '"') {
      return { kind: 'quoted', start, end: at + 1, text: sql.slice(open + 1, at).replaceAll('""', '"') };
    }
    at++;
  }
  throw new UnfinishedToken('quoted name', start);
}

function match(pattern: RegExp, sql: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(sql)?.[0];
}
