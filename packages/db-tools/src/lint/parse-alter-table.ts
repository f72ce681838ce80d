import { TokenReader } from '../migrator/token-reader.ts';
import { parseColumn } from './parse-column.ts';
import { parseConstraint } from './parse-constraint.ts';
import type { Action, Parsed } from './parsed.ts';
import { readName } from './sql-name.ts';
import { splitAtCommas, textOf } from './token-lists.ts';

/** What stands behind ALTER TABLE. */
export function parseAlterTable(reader: TokenReader): Parsed {
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
