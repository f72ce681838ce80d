import { TokenReader } from './token-reader.ts';

/**
 * How a statement relates to transactions:
 * `transactional` runs in one; `commit-after` runs in one that must end before its effect can be used;
 * `own` runs outside of any; `refused` has no place in a migration file.
 */
export type StatementClass =
  | { mode: 'transactional' | 'commit-after'; setting?: Setting }
  | { mode: 'own'; operation: OwnOperation }
  | { mode: 'refused'; reason: string };

/**
 * What a statement sets: `session`, until the end of the file, and it does nothing else, so that it can be said again;
 * `local`, until the end of its transaction; `mixed`, something for the session among other things that it does.
 */
type Setting = 'session' | 'local' | 'mixed';

/** What has to be looked at to tell whether an interrupted statement took effect. Names are as SQL reads them. */
export type OwnOperation =
  | { kind: 'create-index'; index?: string; table: string; ifNotExists: boolean }
  | { kind: 'drop-index'; index: string }
  | { kind: 'reindex' }
  | { kind: 'detach-partition'; parent: string; partition: string }
  | { kind: 'create-database' | 'drop-database'; name: string }
  | { kind: 'create-tablespace' | 'drop-tablespace'; name: string }
  | { kind: 'create-subscription' | 'drop-subscription'; name: string }
  /** Running it twice does no harm: VACUUM, CLUSTER, ALTER SYSTEM. */
  | { kind: 'repeatable' }
  /** Nobody but a person can tell. */
  | { kind: 'unknown' };

export function classify(text: string): StatementClass {
  // The bulk of large files; no need to read a million tokens of an INSERT.
  if (/^(insert|update|delete|select|with|merge|comment|grant|revoke)\b/i.test(text)) {
    if (!/set_config|pg_advisory_unlock_all/i.test(text)) return { mode: 'transactional' };
  }
  const tokens = new TokenReader(text);
  const refusal = refuse(tokens);
  if (refusal) return { mode: 'refused', reason: refusal };
  const operation = ownOperation(tokens);
  if (operation) return { mode: 'own', operation };
  const setting = settingOf(tokens);
  return {
    mode: tokens.startsWith('ALTER', 'TYPE') && tokens.has('ADD', 'VALUE') ? 'commit-after' : 'transactional',
    ...(setting && { setting }),
  };
}

const CONTROL = new Set(['BEGIN', 'START', 'COMMIT', 'END', 'ROLLBACK', 'ABORT', 'SAVEPOINT', 'RELEASE']);

function refuse(tokens: TokenReader): string | undefined {
  const [first = '', second = ''] = tokens.words(2);
  if (
    CONTROL.has(first) ||
    (first === 'PREPARE' && second === 'TRANSACTION') ||
    (first === 'SET' && second === 'TRANSACTION')
  ) {
    return `${first === 'SET' || first === 'PREPARE' ? `${first} ${second}` : first} is transaction control: the runner opens and ends the transactions, so that a file and its record are committed together`;
  }
  if (first === 'DISCARD' || tokens.has('PG_ADVISORY_UNLOCK_ALL')) {
    return `${first === 'DISCARD' ? first : 'pg_advisory_unlock_all'} would drop the migration lock`;
  }
  if (first === 'COPY' && (tokens.has('FROM', 'STDIN') || tokens.has('TO', 'STDOUT'))) {
    return 'COPY through the client works in psql only; write INSERT';
  }
  if (
    (first === 'SET' || first === 'ALTER') &&
    tokens.has('STANDARD_CONFORMING_STRINGS') &&
    /\b(off|false|0|no)\b/i.test(tokens.text)
  ) {
    return 'Files are read with standard_conforming_strings on';
  }
  const setsEncoding =
    (first === 'SET' && (second === 'NAMES' || tokens.has('CLIENT_ENCODING'))) ||
    (tokens.has('SET_CONFIG') && /'client_encoding'/i.test(tokens.text));
  if (setsEncoding && !/\butf-?8\b/i.test(tokens.text)) {
    return 'Files are read and sent as UTF-8';
  }
  return undefined;
}

function ownOperation(tokens: TokenReader): OwnOperation | undefined {
  const [first, second] = tokens.words(2);
  switch (first) {
    case 'VACUUM':
      return { kind: 'repeatable' };
    case 'CLUSTER':
      return tokens.nameExcept('VERBOSE') === undefined ? { kind: 'repeatable' } : undefined;
    case 'REINDEX':
      return reindex(tokens);
    case 'CREATE':
      return createOperation(tokens);
    case 'DROP':
      return dropOperation(tokens, second);
    case 'ALTER':
      return alterOperation(tokens, second);
    default:
      return undefined;
  }
}

function createOperation(tokens: TokenReader): OwnOperation | undefined {
  const second = tokens.words(2)[1];
  if (second === 'INDEX' || second === 'UNIQUE') return createIndex(tokens);
  const name = () => tokens.nameAfter(second!) ?? '';
  if (second === 'DATABASE') return { kind: 'create-database', name: name() };
  if (second === 'TABLESPACE') return { kind: 'create-tablespace', name: name() };
  // Only a subscription that makes its slot on the other server cannot be rolled back.
  if (second === 'SUBSCRIPTION' && !/\b(create_slot|connect)\s*=\s*'?(false|off|0|no)\b/i.test(tokens.text)) {
    return { kind: 'create-subscription', name: name() };
  }
  return undefined;
}

function createIndex(tokens: TokenReader): OwnOperation | undefined {
  const reader = tokens.after('INDEX');
  if (!reader.accept('CONCURRENTLY')) return undefined;
  const ifNotExists = reader.accept('IF', 'NOT', 'EXISTS');
  const index = reader.peekWord() === 'ON' ? undefined : reader.name();
  reader.accept('ON');
  reader.accept('ONLY');
  return { kind: 'create-index', index, table: reader.name() ?? '', ifNotExists };
}

function dropOperation(tokens: TokenReader, second: string | undefined): OwnOperation | undefined {
  const reader = second ? tokens.after(second) : tokens;
  if (second === 'INDEX') {
    if (!reader.accept('CONCURRENTLY')) return undefined;
    reader.accept('IF', 'EXISTS');
    return { kind: 'drop-index', index: reader.name() ?? '' };
  }
  reader.accept('IF', 'EXISTS');
  const name = reader.name() ?? '';
  if (second === 'DATABASE') return { kind: 'drop-database', name };
  if (second === 'TABLESPACE') return { kind: 'drop-tablespace', name };
  if (second === 'SUBSCRIPTION') return { kind: 'drop-subscription', name };
  return undefined;
}

function alterOperation(tokens: TokenReader, second: string | undefined): OwnOperation | undefined {
  if (second === 'SYSTEM') return { kind: 'repeatable' };
  if (second === 'DATABASE' && tokens.has('SET', 'TABLESPACE')) return { kind: 'repeatable' };
  if (second === 'SUBSCRIPTION' && (tokens.has('REFRESH') || tokens.has('PUBLICATION'))) return { kind: 'unknown' };
  if (second === 'TABLE' && tokens.has('DETACH', 'PARTITION') && tokens.lastWord() === 'CONCURRENTLY') {
    const reader = tokens.after('TABLE');
    reader.accept('IF', 'EXISTS');
    reader.accept('ONLY');
    return { kind: 'detach-partition', parent: reader.name() ?? '', partition: tokens.after('PARTITION').name() ?? '' };
  }
  return undefined;
}

function reindex(tokens: TokenReader): OwnOperation | undefined {
  const whole = ['SCHEMA', 'DATABASE', 'SYSTEM'].some((word) => tokens.words(12).includes(word));
  return tokens.has('CONCURRENTLY') || whole ? { kind: 'reindex' } : undefined;
}

function settingOf(tokens: TokenReader): Setting | undefined {
  const [first, second] = tokens.words(2);
  if (first === 'SET') return second === 'LOCAL' ? 'local' : second === 'CONSTRAINTS' ? undefined : 'session';
  if (first === 'RESET' || first === 'LOAD') return 'session';
  if (!tokens.has('SET_CONFIG')) return undefined;
  const [, until] = /^select\s+(?:pg_catalog\.)?set_config\s*\([^()]*,\s*(true|false)\s*\)$/i.exec(tokens.text) ?? [];
  return until === undefined ? 'mixed' : until.toLowerCase() === 'true' ? 'local' : 'session';
}
