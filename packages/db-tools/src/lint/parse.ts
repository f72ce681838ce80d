import { isSymbol, type Token } from '../migrator/lexer.ts';
import { TokenReader } from '../migrator/token-reader.ts';
import { readName, type SqlName } from './sql-name.ts';

/** What a statement does, as far as the rules ask. */
export type Parsed =
  | { kind: 'create-table'; table: SqlName; columns: Column[]; constraints: Constraint[] }
  | { kind: 'alter-table'; table: SqlName; actions: Action[] }
  | CreateIndex
  | { kind: 'drop'; what: string; names: SqlName[]; concurrently: boolean }
  | { kind: 'create-enum'; type: SqlName; values: string[] }
  | { kind: 'add-enum-value'; type: SqlName; value: string }
  | { kind: 'create'; what: string; name: SqlName }
  | { kind: 'other' };

interface CreateIndex {
  kind: 'create-index';
  index?: SqlName;
  table: SqlName;
  unique: boolean;
  concurrently: boolean;
  ifNotExists: boolean;
  /** An expression is undefined. */
  columns: (string | undefined)[];
  where?: string;
}

export interface Column {
  name: SqlName;
  type: string;
  notNull: boolean;
  /** DEFAULT, GENERATED or a serial type: rows get a value by themselves. */
  filled: boolean;
  /** The expression of DEFAULT or GENERATED ALWAYS AS (…). */
  value?: string;
  /** GENERATED ALWAYS AS (…) STORED. */
  stored: boolean;
  /** A serial type or an identity: its values come from a sequence. */
  counts: boolean;
  primaryKey: boolean;
  unique: boolean;
  references?: Reference;
}

export interface Reference {
  table: SqlName;
  columns: string[];
  /** From REFERENCES on. */
  sql: string;
}

export interface Constraint {
  name?: SqlName;
  type: 'foreign key' | 'check' | 'unique' | 'primary key' | 'exclude' | 'not null';
  columns: SqlName[];
  references?: Reference;
  /** Without its name and NOT VALID. */
  sql: string;
  notValid: boolean;
  usingIndex: boolean;
}

export type Action = { /** As it is written. */ sql: string } & (
  | { kind: 'add-column'; column: Column; ifNotExists: boolean }
  | { kind: 'drop-column'; column: SqlName }
  | { kind: 'set-type'; column: SqlName; type: string; using?: string }
  | { kind: 'set-not-null'; column: SqlName }
  | { kind: 'add-constraint'; constraint: Constraint }
  | { kind: 'validate'; constraint: SqlName }
  | { kind: 'rename-column'; from: SqlName; to: SqlName }
  | { kind: 'rename-table'; to: SqlName }
  | { kind: 'set-schema'; to: SqlName }
  | { kind: 'other' }
);

/** Reads one statement; what no rule asks for is `other`. Never throws for SQL that the lexer can read. */
export function parse(text: string): Parsed {
  // The bulk of large files, which no rule asks for.
  if (/^(insert|update|delete|select|with|merge|comment|grant|revoke|do)\b/i.test(text)) return { kind: 'other' };
  const reader = new TokenReader(text);
  if (reader.accept('ALTER', 'TABLE')) return parseAlterTable(reader);
  if (reader.accept('ALTER', 'TYPE')) return parseAlterType(reader);
  if (reader.accept('CREATE')) return parseCreate(reader);
  if (reader.accept('DROP')) return parseDrop(reader);
  return { kind: 'other' };
}

function parseCreate(reader: TokenReader): Parsed {
  reader.accept('OR', 'REPLACE');
  for (const word of ['GLOBAL', 'LOCAL', 'TEMPORARY', 'TEMP', 'UNLOGGED', 'FOREIGN', 'MATERIALIZED', 'RECURSIVE']) {
    reader.accept(word);
  }
  if (reader.accept('TABLE')) return parseCreateTable(reader);
  const unique = reader.accept('UNIQUE');
  if (reader.accept('INDEX')) return parseCreateIndex(reader, unique);
  const what = reader.peekWord();
  if (what === undefined) return { kind: 'other' };
  reader.accept(what);
  reader.accept('IF', 'NOT', 'EXISTS');
  const name = readName(reader);
  if (!name) return { kind: 'other' };
  if (what === 'TYPE' && reader.accept('AS', 'ENUM')) {
    const values = reader.rest().filter(({ kind }) => kind === 'string');
    return { kind: 'create-enum', type: name, values: values.map(({ text }) => unquote(text)) };
  }
  return { kind: 'create', what, name };
}

function parseCreateTable(reader: TokenReader): Parsed {
  reader.accept('IF', 'NOT', 'EXISTS');
  const table = readName(reader);
  if (!table) return { kind: 'other' };
  const items = isSymbol(reader.rest()[0], '(') ? splitAtCommas(insideParentheses(reader.rest())) : [];
  const columns: Column[] = [];
  const constraints: Constraint[] = [];
  for (const item of items) {
    const constraint = parseConstraint(new TokenReader(reader.text, item));
    if (constraint) constraints.push(constraint);
    else {
      const column = parseColumn(new TokenReader(reader.text, item));
      if (column) columns.push(column);
    }
  }
  return { kind: 'create-table', table, columns, constraints };
}

function parseCreateIndex(reader: TokenReader, unique: boolean): Parsed {
  const concurrently = reader.accept('CONCURRENTLY');
  const ifNotExists = reader.accept('IF', 'NOT', 'EXISTS');
  const index = reader.peekWord() === 'ON' ? undefined : readName(reader);
  reader.accept('ON');
  reader.accept('ONLY');
  const table = readName(reader);
  if (!table) return { kind: 'other' };
  const rest = reader.rest();
  const open = rest.findIndex((token) => isSymbol(token, '('));
  const columns = open === -1 ? [] : splitAtCommas(insideParentheses(rest.slice(open)));
  const where = rest.findIndex((token) => token.kind === 'word' && token.text === 'WHERE');
  return {
    kind: 'create-index',
    ...(index ? { index: { schema: table.schema, ...index } } : {}),
    table,
    unique,
    concurrently,
    ifNotExists,
    columns: columns.map((tokens) => columnOfIndex(reader.text, tokens)),
    ...(where === -1 ? {} : { where: textOf(reader.text, rest.slice(where + 1)) }),
  };
}

/** A plain column, perhaps with COLLATE, an operator class or an order behind it. */
function columnOfIndex(text: string, tokens: Token[]): string | undefined {
  if (tokens.some((token) => isSymbol(token, '('))) return undefined;
  return readName(new TokenReader(text, tokens))?.name;
}

function parseDrop(reader: TokenReader): Parsed {
  reader.accept('MATERIALIZED');
  reader.accept('FOREIGN');
  const what = reader.peekWord();
  if (what === undefined) return { kind: 'other' };
  reader.accept(what);
  const concurrently = reader.accept('CONCURRENTLY');
  reader.accept('IF', 'EXISTS');
  const names: SqlName[] = [];
  do {
    const name = readName(reader);
    if (!name) break;
    names.push(name);
    // The arguments of a function.
    if (isSymbol(reader.rest()[0], '(')) {
      const inside = insideParentheses(reader.rest());
      for (const _ of [...inside, 0, 0]) skip(reader);
    }
  } while (reader.acceptSymbol(','));
  return { kind: 'drop', what, names, concurrently };
}

function skip(reader: TokenReader): void {
  const [next] = reader.rest();
  if (next === undefined) return;
  if (next.kind === 'word') reader.accept(next.text);
  else if (next.kind === 'symbol') reader.acceptSymbol(next.text);
  else reader.name();
}

function parseAlterType(reader: TokenReader): Parsed {
  const type = readName(reader);
  if (!type || !reader.accept('ADD', 'VALUE')) return { kind: 'other' };
  reader.accept('IF', 'NOT', 'EXISTS');
  const value = reader.rest()[0];
  return value?.kind === 'string' ? { kind: 'add-enum-value', type, value: unquote(value.text) } : { kind: 'other' };
}

function parseAlterTable(reader: TokenReader): Parsed {
  reader.accept('IF', 'EXISTS');
  reader.accept('ONLY');
  const table = readName(reader);
  if (!table) return { kind: 'other' };
  reader.acceptSymbol('*');
  const actions = splitAtCommas(reader.rest()).map((tokens) => parseAction(new TokenReader(reader.text, tokens)));
  return { kind: 'alter-table', table, actions };
}

function parseAction(reader: TokenReader): Action {
  const sql = textOf(reader.text, reader.tokens);
  const other: Action = { kind: 'other', sql };
  if (reader.accept('ADD')) {
    const constraint = parseConstraint(new TokenReader(reader.text, reader.rest()));
    if (constraint) return { kind: 'add-constraint', constraint, sql };
    reader.accept('COLUMN');
    const ifNotExists = reader.accept('IF', 'NOT', 'EXISTS');
    const column = parseColumn(new TokenReader(reader.text, reader.rest()));
    return column ? { kind: 'add-column', column, ifNotExists, sql } : other;
  }
  if (reader.accept('DROP')) {
    if (reader.accept('CONSTRAINT')) return other;
    reader.accept('COLUMN');
    reader.accept('IF', 'EXISTS');
    const column = readName(reader);
    return column ? { kind: 'drop-column', column, sql } : other;
  }
  if (reader.accept('VALIDATE', 'CONSTRAINT')) {
    const constraint = readName(reader);
    return constraint ? { kind: 'validate', constraint, sql } : other;
  }
  if (reader.accept('SET', 'SCHEMA')) {
    const to = readName(reader);
    return to ? { kind: 'set-schema', to, sql } : other;
  }
  if (reader.accept('RENAME')) return parseRename(reader, sql) ?? other;
  if (reader.accept('ALTER')) return parseAlterColumn(reader, sql) ?? other;
  return other;
}

function parseRename(reader: TokenReader, sql: string): Action | undefined {
  if (reader.accept('CONSTRAINT')) return undefined;
  if (reader.accept('TO')) {
    const to = readName(reader);
    return to && { kind: 'rename-table', to, sql };
  }
  reader.accept('COLUMN');
  const from = readName(reader);
  reader.accept('TO');
  const to = readName(reader);
  return from && to && { kind: 'rename-column', from, to, sql };
}

function parseAlterColumn(reader: TokenReader, sql: string): Action | undefined {
  reader.accept('COLUMN');
  const column = readName(reader);
  if (!column) return undefined;
  if (reader.accept('SET', 'NOT', 'NULL')) return { kind: 'set-not-null', column, sql };
  if (!reader.accept('SET', 'DATA', 'TYPE') && !reader.accept('TYPE')) return undefined;
  const rest = reader.rest();
  const using = rest.findIndex((token) => token.kind === 'word' && token.text === 'USING');
  const type = rest.slice(0, using === -1 ? undefined : using);
  return {
    kind: 'set-type',
    column,
    type: textOf(reader.text, type),
    ...(using === -1 ? {} : { using: textOf(reader.text, rest.slice(using + 1)) }),
    sql,
  };
}

const CONSTRAINTS = [
  ['FOREIGN', 'KEY'],
  ['CHECK'],
  ['UNIQUE'],
  ['PRIMARY', 'KEY'],
  ['EXCLUDE'],
  ['NOT', 'NULL'],
] as const;

function parseConstraint(reader: TokenReader): Constraint | undefined {
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

function referencesOf(text: string, tokens: Token[]): { references?: Reference } {
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

/** The words at which a column's type has ended. */
const AFTER_TYPE = new Set(
  'CONSTRAINT NOT NULL CHECK DEFAULT GENERATED UNIQUE PRIMARY REFERENCES COLLATE DEFERRABLE INITIALLY STORAGE COMPRESSION'.split(
    ' ',
  ),
);

function parseColumn(reader: TokenReader): Column | undefined {
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

/** Where these words follow one another outside of parentheses. */
function lastIndexOf(tokens: Token[], words: string[]): number {
  let depth = 0;
  let found = -1;
  tokens.forEach((token, at) => {
    if (isSymbol(token, '(')) depth++;
    if (isSymbol(token, ')')) depth--;
    if (depth !== 0) return;
    if (words.every((word, i) => tokens[at + i]?.kind === 'word' && tokens[at + i]!.text === word)) found = at;
  });
  return found;
}

/** What stands between the parenthesis that the tokens begin with and its end. */
function insideParentheses(tokens: Token[]): Token[] {
  let depth = 0;
  for (const [index, token] of tokens.entries()) {
    if (isSymbol(token, '(')) depth++;
    if (isSymbol(token, ')')) depth--;
    if (depth === 0) return tokens.slice(1, index);
  }
  return tokens.slice(1);
}

function splitAtCommas(tokens: Token[]): Token[][] {
  const parts: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (isSymbol(token, '(') || isSymbol(token, '[')) depth++;
    if (isSymbol(token, ')') || isSymbol(token, ']')) depth--;
    if (isSymbol(token, ',') && depth === 0) parts.push([]);
    else parts.at(-1)!.push(token);
  }
  return parts.filter((part) => part.length > 0);
}

function textOf(text: string, tokens: Token[]): string {
  return tokens.length === 0 ? '' : text.slice(tokens[0]!.start, tokens.at(-1)!.end);
}

function unquote(literal: string): string {
  return literal
    .replace(/^[^']*'/, '')
    .slice(0, -1)
    .replaceAll("''", "'");
}
