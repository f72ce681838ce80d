import { DbError } from '../errors.ts';
import type { Snapshot } from '../generate/snapshot.ts';
import { classify } from '../migrator/classify.ts';
import { readDirectives } from '../migrator/directives.ts';
import { lineAndColumn } from '../migrator/position.ts';
import { readScript } from '../migrator/segments.ts';
import { type Statement, splitStatements } from '../migrator/split.ts';
import { readExceptions } from './exceptions.ts';
import { parse } from './parse.ts';
import type { Parsed } from './parsed.ts';
import type { Batch, LintFile, LintStatement } from './rule.ts';
import { keyOf, type SqlName } from './sql-name.ts';

export interface LintInput {
  /** As people read it. */
  path: string;
  sql: string;
}

/** What lies around the files that are linted. */
export interface LintContext {
  /** SQL of the migrations before them, oldest first. */
  earlier?: () => string[];
  before?: Snapshot;
  after?: Snapshot;
}

/** The files of one batch, read for the rules. What cannot be read is in `unreadable`, and has no statements. */
export function readBatch(inputs: LintInput[], context: LintContext): LintFile[] {
  const statements: LintStatement[] = [];
  const created = new Map<string, number>();
  const batch: Batch = {
    isNew: (name, before) => (created.get(keyOf(name)) ?? Number.POSITIVE_INFINITY) < before.order,
    statements,
    earlier: once(() => (context.earlier?.() ?? []).flatMap(parseAll)),
    ...(context.before ? { before: context.before } : {}),
    ...(context.after ? { after: context.after } : {}),
  };
  return inputs.map((input) => {
    const file = readFile(input, batch);
    for (const statement of file.statements) {
      statement.order = statements.push(statement);
      for (const key of createdBy(statement.parsed, (table) => batch.isNew(table, statement))) {
        if (!created.has(key)) created.set(key, statement.order);
      }
    }
    return file;
  });
}

function readFile({ path, sql }: LintInput, batch: Batch): LintFile {
  const file: LintFile = { path, sql, directives: { transaction: 'auto' }, statements: [], exceptions: [], batch };
  const tag = path.replace(/\.sql$/, '');
  try {
    const directives = readDirectives(sql, tag);
    const statements = splitStatements(sql, tag).map((statement) => readStatement(sql, statement));
    const refused = statements.some((statement) => statement.refused !== undefined);
    const migration = { tag, path, when: 0, hash: '', otherHashes: () => [], sql: () => sql };
    return {
      ...file,
      directives,
      statements,
      exceptions: readExceptions(sql, directives, statements),
      ...(refused ? {} : { script: readScript(migration) }),
    };
  } catch (error) {
    if (!(error instanceof DbError)) throw error;
    return { ...file, unreadable: error };
  }
}

function readStatement(sql: string, statement: Statement): LintStatement {
  const found = classify(statement.text);
  return {
    ...statement,
    line: lineAndColumn(sql, statement.start).line,
    parsed: parse(statement.text),
    ...(found.mode === 'refused' ? { refused: found.reason } : {}),
    squawk: [],
    order: 0,
  };
}

/** What a statement adds that nothing can use yet. */
function createdBy(parsed: Parsed, isNew: (table: SqlName) => boolean): string[] {
  switch (parsed.kind) {
    case 'create-table':
      return [keyOf(parsed.table)];
    case 'create-index':
      return parsed.index ? [keyOf(parsed.index)] : [];
    case 'create-enum':
      return [keyOf(parsed.type)];
    case 'create':
      return RELATIONS.has(parsed.what) ? [keyOf(parsed.name)] : [];
    case 'alter-table':
      if (!isNew(parsed.table)) return [];
      return parsed.actions.flatMap((action) => {
        if (action.kind === 'rename-table') return [keyOf({ ...parsed.table, name: action.to.name })];
        if (action.kind === 'set-schema') return [keyOf({ schema: action.to.name, name: parsed.table.name })];
        return [];
      });
    default:
      return [];
  }
}

/** What shares its names with tables and types; functions have names of their own. */
const RELATIONS = new Set(['VIEW', 'SEQUENCE', 'TYPE', 'DOMAIN']);

function parseAll(sql: string): Parsed[] {
  try {
    return splitStatements(sql, '').map(({ text }) => parse(text));
  } catch {
    // An old file that cannot be read is not what is linted here.
    return [];
  }
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
