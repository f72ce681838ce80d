import { isSymbol, type Token } from './lexer.ts';
import { TokenReader } from './token-reader.ts';

/** PostgreSQL's table locks, weakest first. */
const LOCKS = [
  'ACCESS SHARE',
  'ROW SHARE',
  'ROW EXCLUSIVE',
  'SHARE UPDATE EXCLUSIVE',
  'SHARE',
  'SHARE ROW EXCLUSIVE',
  'EXCLUSIVE',
  'ACCESS EXCLUSIVE',
] as const;

export type TableLock = (typeof LOCKS)[number];

export type Hazard =
  /** Readers wait while it runs, and behind it while it waits. */
  | 'blocks-reads'
  | 'blocks-writes'
  | 'deletes-data'
  /** Every row is written anew. */
  | 'rewrites-table'
  /** Every row is read under the lock. */
  | 'scans-table'
  | 'builds-index'
  /** Fails when the table has rows. */
  | 'fails-on-rows'
  /** Code that runs now uses the old name. */
  | 'renames'
  | 'changes-rows';

export interface Effect {
  /** The name as written; an index where `isIndex`. */
  table: string;
  isIndex?: boolean;
  lock: TableLock;
  hazards: Hazard[];
}

/**
 * What a statement does to which table, as far as its text tells. The locks are those of the manual, chapter 13.3 and
 * the command's page. Pure.
 */
export function effectsOf(text: string): Effect[] {
  const tokens = new TokenReader(text);
  const [first, second] = tokens.words(2);
  return (STATEMENTS[`${first} ${second}`] ?? STATEMENTS[first ?? ''] ?? (() => []))(tokens).map(withBlocking);
}

/** The name of the table that a statement creates. */
export function createdTable(text: string): string | undefined {
  const tokens = new TokenReader(text);
  if (tokens.words(1)[0] !== 'CREATE' || !tokens.words(4).includes('TABLE')) return undefined;
  const reader = tokens.after('TABLE');
  reader.accept('IF', 'NOT', 'EXISTS');
  return reader.name();
}

function withBlocking(effect: Effect): Effect {
  const strength = LOCKS.indexOf(effect.lock);
  const hazards: Hazard[] = [];
  if (effect.lock === 'ACCESS EXCLUSIVE') hazards.push('blocks-reads');
  if (strength >= LOCKS.indexOf('SHARE')) hazards.push('blocks-writes');
  return { ...effect, hazards: [...new Set([...hazards, ...effect.hazards])] };
}

const STATEMENTS: Record<string, (tokens: TokenReader) => Effect[]> = {
  'ALTER TABLE': alterTable,
  'ALTER FOREIGN': alterTable,
  'ALTER TYPE': alterType,
  'ALTER INDEX': (tokens) => on(named(tokens, 'INDEX'), 'SHARE UPDATE EXCLUSIVE', [], true),
  'CREATE TABLE': referenced,
  'CREATE INDEX': createIndex,
  'CREATE UNIQUE': createIndex,
  'CREATE TRIGGER': (tokens) => on(tokens.after('ON').name(), 'SHARE ROW EXCLUSIVE', []),
  'CREATE POLICY': (tokens) => on(tokens.after('ON').name(), 'ACCESS EXCLUSIVE', []),
  'COMMENT ON': (tokens) =>
    tokens.words(3)[2] === 'TABLE' ? on(named(tokens, 'TABLE'), 'SHARE UPDATE EXCLUSIVE', []) : [],
  'DROP TABLE': (tokens) => listed(tokens, 'TABLE').flatMap((table) => on(table, 'ACCESS EXCLUSIVE', ['deletes-data'])),
  'DROP SCHEMA': (tokens) =>
    tokens.has('CASCADE')
      ? listed(tokens, 'SCHEMA').flatMap((name) => on(`${name}.*`, 'ACCESS EXCLUSIVE', ['deletes-data']))
      : [],
  'DROP INDEX': (tokens) =>
    tokens.has('CONCURRENTLY')
      ? on(named(tokens, 'CONCURRENTLY'), 'SHARE UPDATE EXCLUSIVE', [], true)
      : listed(tokens, 'INDEX').flatMap((index) => on(index, 'ACCESS EXCLUSIVE', [], true)),
  'REFRESH MATERIALIZED': (tokens) =>
    tokens.has('CONCURRENTLY')
      ? on(tokens.after('CONCURRENTLY').name(), 'EXCLUSIVE', ['scans-table'])
      : on(tokens.after('VIEW').name(), 'ACCESS EXCLUSIVE', ['rewrites-table']),
  CLUSTER: (tokens) => on(tokens.nameExcept('VERBOSE'), 'ACCESS EXCLUSIVE', ['rewrites-table']),
  DELETE: (tokens) => on(named(tokens, 'FROM'), 'ROW EXCLUSIVE', ['changes-rows', 'deletes-data']),
  INSERT: (tokens) =>
    on(tokens.after('INTO').name(), 'ROW EXCLUSIVE', tokens.has('DO', 'UPDATE') ? ['changes-rows'] : []),
  LOCK: lockTable,
  MERGE: (tokens) => on(named(tokens, 'INTO'), 'ROW EXCLUSIVE', ['changes-rows']),
  REINDEX: reindex,
  TRUNCATE: (tokens) =>
    listed(tokens, tokens.has('TABLE') ? 'TABLE' : 'TRUNCATE').flatMap((table) =>
      on(table, 'ACCESS EXCLUSIVE', ['deletes-data']),
    ),
  UPDATE: (tokens) => on(named(tokens, 'UPDATE'), 'ROW EXCLUSIVE', ['changes-rows']),
  VACUUM: (tokens) => {
    const table = tokens.nameExcept('FULL', 'FREEZE', 'VERBOSE', 'ANALYZE');
    return tokens.has('FULL')
      ? on(table, 'ACCESS EXCLUSIVE', ['rewrites-table'])
      : on(table, 'SHARE UPDATE EXCLUSIVE', []);
  },
};

function on(table: string | undefined, lock: TableLock, hazards: Hazard[], isIndex = false): Effect[] {
  return table === undefined ? [] : [{ table, lock, hazards, ...(isIndex ? { isIndex } : {}) }];
}

/** The name behind a word, and behind IF EXISTS and ONLY. */
function named(tokens: TokenReader, word: string): string | undefined {
  return skipModifiers(tokens.after(word)).name();
}

function listed(tokens: TokenReader, word: string): string[] {
  const reader = skipModifiers(tokens.after(word));
  const names: string[] = [];
  for (
    let name = reader.name();
    name !== undefined;
    name = reader.acceptSymbol(',') ? skipModifiers(reader).name() : undefined
  )
    names.push(name);
  return names;
}

function skipModifiers(reader: TokenReader): TokenReader {
  reader.accept('IF', 'EXISTS');
  reader.accept('ONLY');
  return reader;
}

function createIndex(tokens: TokenReader): Effect[] {
  const reader = tokens.after('ON');
  reader.accept('ONLY');
  return on(reader.name(), tokens.has('INDEX', 'CONCURRENTLY') ? 'SHARE UPDATE EXCLUSIVE' : 'SHARE', ['builds-index']);
}

function reindex(tokens: TokenReader): Effect[] {
  const lock = tokens.has('CONCURRENTLY') ? 'SHARE UPDATE EXCLUSIVE' : 'SHARE';
  const behind = (word: string) => {
    const reader = tokens.after(word);
    reader.accept('CONCURRENTLY');
    return reader.name();
  };
  if (tokens.has('TABLE')) return on(behind('TABLE'), lock, ['builds-index']);
  return tokens.has('INDEX') ? on(behind('INDEX'), lock, ['builds-index'], true) : [];
}

function lockTable(tokens: TokenReader): Effect[] {
  const mode = [...LOCKS].reverse().find((lock) => tokens.has('IN', ...lock.split(' '), 'MODE')) ?? 'ACCESS EXCLUSIVE';
  return listed(tokens, tokens.has('TABLE') ? 'TABLE' : 'LOCK').flatMap((table) => on(table, mode, []));
}

/** A foreign key takes its lock on the table that it points to as well. */
function referenced(tokens: TokenReader): Effect[] {
  const names = tokens.tokens.flatMap(
    ({ kind, text }, index) =>
      (kind === 'word' && text === 'REFERENCES' ? tokens.at(index + 1).name() : undefined) ?? [],
  );
  return [...new Set(names)].flatMap((table) => on(table, 'SHARE ROW EXCLUSIVE', []));
}

function alterTable(tokens: TokenReader): Effect[] {
  const reader = skipModifiers(tokens.after('TABLE'));
  const table = reader.name();
  const actions = splitActions(reader);
  const found = actions.map(actionEffect);
  const lock = LOCKS[Math.max(0, ...found.map((effect) => LOCKS.indexOf(effect.lock)))] ?? 'ACCESS EXCLUSIVE';
  return [
    ...on(
      table,
      lock,
      found.flatMap((effect) => effect.hazards),
    ),
    ...referenced(tokens),
  ];
}

/** What every value of a composite type loses with an attribute; with CASCADE its typed tables are altered too. */
function alterType(tokens: TokenReader): Effect[] {
  const hazards: Hazard[] = [];
  if (tokens.has('DROP', 'ATTRIBUTE')) hazards.push('deletes-data');
  if (tokens.has('ALTER', 'ATTRIBUTE') && tokens.has('CASCADE')) hazards.push('rewrites-table');
  return hazards.length === 0 ? [] : on(named(tokens, 'TYPE'), 'ACCESS EXCLUSIVE', hazards);
}

function splitActions(reader: TokenReader): TokenReader[] {
  const actions: Token[][] = [[]];
  let depth = 0;
  for (const token of reader.rest()) {
    if (isSymbol(token, '(')) depth++;
    if (isSymbol(token, ')')) depth--;
    if (isSymbol(token, ',') && depth === 0) actions.push([]);
    else actions.at(-1)!.push(token);
  }
  return actions.map((tokens) => new TokenReader(reader.text, tokens));
}

function actionEffect(action: TokenReader): { lock: TableLock; hazards: Hazard[] } {
  const [first, second] = action.words(2);
  switch (first) {
    case 'ADD':
      return addAction(action);
    case 'DROP':
      return { lock: 'ACCESS EXCLUSIVE', hazards: second === 'CONSTRAINT' ? [] : ['deletes-data'] };
    case 'RENAME':
      return { lock: 'ACCESS EXCLUSIVE', hazards: ['renames'] };
    case 'VALIDATE':
      return { lock: 'SHARE UPDATE EXCLUSIVE', hazards: ['scans-table'] };
    case 'ENABLE':
    case 'DISABLE':
      return { lock: action.has('TRIGGER') ? 'SHARE ROW EXCLUSIVE' : 'ACCESS EXCLUSIVE', hazards: [] };
    case 'ATTACH':
      return { lock: 'SHARE UPDATE EXCLUSIVE', hazards: ['scans-table'] };
    case 'DETACH':
      return { lock: action.has('CONCURRENTLY') ? 'SHARE UPDATE EXCLUSIVE' : 'ACCESS EXCLUSIVE', hazards: [] };
    case 'SET':
      if (second === 'SCHEMA') return { lock: 'ACCESS EXCLUSIVE', hazards: ['renames'] };
      if (['LOGGED', 'UNLOGGED', 'ACCESS', 'TABLESPACE'].includes(second ?? ''))
        return { lock: 'ACCESS EXCLUSIVE', hazards: ['rewrites-table'] };
      return { lock: 'SHARE UPDATE EXCLUSIVE', hazards: [] };
    case 'RESET':
    case 'CLUSTER':
      return { lock: 'SHARE UPDATE EXCLUSIVE', hazards: [] };
    case 'ALTER':
      return alterColumn(action);
    default:
      return { lock: 'ACCESS EXCLUSIVE', hazards: [] };
  }
}

function addAction(action: TokenReader): { lock: TableLock; hazards: Hazard[] } {
  const scans: Hazard[] = action.has('NOT', 'VALID') ? [] : ['scans-table'];
  if (action.has('FOREIGN', 'KEY')) return { lock: 'SHARE ROW EXCLUSIVE', hazards: scans };
  const isConstraint = ['CONSTRAINT', 'CHECK', 'UNIQUE', 'PRIMARY', 'EXCLUDE'].includes(action.words(2)[1] ?? '');
  if (!isConstraint) return { lock: 'ACCESS EXCLUSIVE', hazards: addColumnHazards(action) };
  if (action.has('USING', 'INDEX')) return { lock: 'ACCESS EXCLUSIVE', hazards: [] };
  const builds = action.has('UNIQUE') || action.has('PRIMARY', 'KEY') || action.has('EXCLUDE');
  return { lock: 'ACCESS EXCLUSIVE', hazards: builds ? ['builds-index'] : scans };
}

/** Known to give another value for every row, so that the default cannot be kept once for all of them. */
const VOLATILE = /\b(random|gen_random_uuid|uuid_generate_v\w+|uuidv[47]|clock_timestamp|timeofday|nextval)\s*\(/i;

function addColumnHazards(action: TokenReader): Hazard[] {
  const hazards: Hazard[] = [];
  const text = action.tokens.length === 0 ? '' : action.text.slice(action.tokens[0]!.start, action.tokens.at(-1)!.end);
  const fills = action.has('DEFAULT') || action.has('GENERATED') || /\b(small|big)?serial\d?\b/i.test(text);
  const rewrites =
    (action.has('DEFAULT') && VOLATILE.test(text)) ||
    action.has('STORED') ||
    action.has('AS', 'IDENTITY') ||
    /\b(small|big)?serial\d?\b/i.test(text);
  if (rewrites) hazards.push('rewrites-table');
  if (action.has('NOT', 'NULL') && !fills) hazards.push('fails-on-rows');
  if (action.has('UNIQUE') || action.has('PRIMARY', 'KEY')) hazards.push('builds-index');
  return hazards;
}

function alterColumn(action: TokenReader): { lock: TableLock; hazards: Hazard[] } {
  if (action.has('SET', 'STATISTICS')) return { lock: 'SHARE UPDATE EXCLUSIVE', hazards: [] };
  const lock = 'ACCESS EXCLUSIVE';
  // Whether the new type needs a rewrite depends on the old one, which the text does not tell.
  if (action.has('TYPE')) return { lock, hazards: ['rewrites-table'] };
  if (action.has('SET', 'NOT', 'NULL')) return { lock, hazards: ['scans-table'] };
  if (action.has('SET', 'EXPRESSION')) return { lock, hazards: ['rewrites-table'] };
  return { lock, hazards: [] };
}
