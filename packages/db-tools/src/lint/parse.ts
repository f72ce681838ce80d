import { isSymbol, type Token } from '../migrator/lexer.ts';
import { TokenReader } from '../migrator/token-reader.ts';
import { parseAlterTable } from './parse-alter-table.ts';
import { parseColumn } from './parse-column.ts';
import { parseConstraint } from './parse-constraint.ts';
import type { Column, Constraint, Parsed } from './parsed.ts';
import { readName, type SqlName } from './sql-name.ts';
import { insideParentheses, splitAtCommas, textOf } from './token-lists.ts';

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

function unquote(literal: string): string {
  return literal
    .replace(/^[^']*'/, '')
    .slice(0, -1)
    .replaceAll("''", "'");
}
