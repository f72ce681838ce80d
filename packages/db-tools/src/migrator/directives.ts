import { DbError, EXIT } from '../errors.ts';
import { tokenize } from './lexer.ts';

export interface Directives {
  /**
   * `auto`: as the statements need; `file`: one transaction or none at all; `each`: one for every statement, committed
   * with its record, so that an interrupted file goes on behind the last one; `none`: no transaction at all.
   */
  transaction: 'auto' | 'file' | 'each' | 'none';
  /** Milliseconds. */
  lockTimeout?: number;
  /** Milliseconds; 0 is no limit. */
  statementTimeout?: number;
  /** How often a statement that did not get its lock is tried again. */
  retries?: number;
  /** Lint rules that the file may break. */
  allow?: string[];
  /** `contract`: what the file takes away is used by no code that still runs. */
  phase?: 'expand' | 'contract';
  /** Of a down file: there is no way back. */
  irreversible?: boolean;
  /** Why a rule may be broken or there is no way back: the rest of its line. */
  reason?: string;
}

/** The reason in a down file that nobody has written yet. */
export const NOT_WRITTEN = 'its way back is not written yet';

/**
 * What a comment before the first statement asks for:
 * `-- db: transaction=none lock_timeout=5s statement_timeout=30min retries=3`, for the linter
 * `-- db: allow=rule,rule phase=contract reason=free text`, in a down file `-- db: irreversible reason=free text`.
 * A word that means nothing is refused: a typo must not go unnoticed.
 */
export function readDirectives(sql: string, name: string): Directives {
  const directives: Directives = { transaction: 'auto' };
  for (const token of tokenize(sql)) {
    if (token.kind !== 'comment') break;
    const words = /^--\s*db:\s*(.*)$/.exec(token.text)?.[1]?.trim();
    // The reason is free text, up to the end of its line.
    const [, settings = '', reason] = /^(.*?)(?:(?:^|\s)reason=(.*))?$/.exec(words ?? '')!;
    for (const word of settings.split(/\s+/).filter(Boolean)) apply(directives, word, name);
    if (reason !== undefined) directives.reason = reason.trim();
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
      if (value !== 'auto' && value !== 'file' && value !== 'each' && value !== 'none') throw wrong();
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
    case 'allow':
      directives.allow = [...(directives.allow ?? []), ...value.split(',').filter(Boolean)];
      return;
    case 'phase':
      if (value !== 'expand' && value !== 'contract') throw wrong();
      directives.phase = value;
      return;
    case 'irreversible':
      directives.irreversible = true;
      return;
    default:
      throw wrong();
  }
}

const UNITS = { ms: 1, s: 1000, min: 60_000, h: 3_600_000 } as const;

function readDuration(text: string): number | undefined {
  const found = /^(\d{1,9})(ms|s|min|h)?$/.exec(text);
  return found ? Number(found[1]) * UNITS[(found[2] ?? 'ms') as keyof typeof UNITS] : undefined;
}
