import { DbError, EXIT } from '../errors.ts';
import { tokenize } from './lexer.ts';

export interface Directives {
  /** `auto`: as the statements need; `file`: one transaction or none at all; `none`: every statement by itself. */
  transaction: 'auto' | 'file' | 'none';
  /** Milliseconds. */
  lockTimeout?: number;
  /** Milliseconds; 0 is no limit. */
  statementTimeout?: number;
  /** How often a statement that did not get its lock is tried again. */
  retries?: number;
}

/** Read by other parts of the tools: the linter and the check of down files. */
const OTHERS = new Set(['allow', 'phase', 'irreversible', 'reason']);

/**
 * What a comment before the first statement asks for: `-- db: transaction=none lock_timeout=5s statement_timeout=30min retries=3`.
 * A word that means nothing is refused: a typo must not go unnoticed.
 */
export function readDirectives(sql: string, name: string): Directives {
  const directives: Directives = { transaction: 'auto' };
  for (const token of tokenize(sql)) {
    if (token.kind !== 'comment') break;
    const words = /^--\s*db:\s*(.*)$/.exec(token.text)?.[1]?.trim();
    for (const word of words?.split(/\s+/) ?? []) apply(directives, word, name);
  }
  return directives;
}

function apply(directives: Directives, word: string, name: string): void {
  const [key = '', value = ''] = word.split('=', 2);
  const wrong = () =>
    new DbError('unknown_directive', `${name}.sql begins with a directive that cannot be read: ${word}.`, {
      exit: EXIT.check,
      hint: 'For example: -- db: transaction=none lock_timeout=5s statement_timeout=30min retries=3',
    });
  switch (key) {
    case 'transaction':
      if (value !== 'auto' && value !== 'file' && value !== 'none') throw wrong();
      directives.transaction = value;
      return;
    case 'lock_timeout':
    case 'statement_timeout': {
      const ms = readDuration(value);
      if (ms === undefined) throw wrong();
      directives[key === 'lock_timeout' ? 'lockTimeout' : 'statementTimeout'] = ms;
      return;
    }
    case 'retries':
      if (!/^\d{1,4}$/.test(value)) throw wrong();
      directives.retries = Number(value);
      return;
    default:
      if (!OTHERS.has(key)) throw wrong();
  }
}

const UNITS = { ms: 1, s: 1000, min: 60_000, h: 3_600_000 } as const;

function readDuration(text: string): number | undefined {
  const found = /^(\d{1,9})(ms|s|min|h)?$/.exec(text);
  return found ? Number(found[1]) * UNITS[(found[2] ?? 'ms') as keyof typeof UNITS] : undefined;
}
