/** What a process ends with; the table is in docs/reference and part of the contract. */
export type ExitCode = 0 | 1 | 2 | 3 | 4 | 5;

export const EXIT = {
  ok: 0,
  /** It was tried and failed. */
  failed: 1,
  /** A decision or a confirmation is missing. */
  decision: 2,
  /** A check failed: pending, drift, lint, history. */
  check: 3,
  /** The lock was not free in time. */
  locked: 4,
  /** Pooler, replica, protected or unreachable database. */
  wrongTarget: 5,
} as const satisfies Record<string, ExitCode>;

export interface DbErrorOptions {
  /** Default: `EXIT.failed`. */
  exit?: ExitCode;
  /** The next step, as something to copy. */
  hint?: string;
  cause?: unknown;
}

/**
 * An error for the person at the keyboard: the message says what happened to what, the hint what to do next.
 * `code` is for programs and stays stable, e.g. `database_missing`.
 */
export class DbError extends Error {
  readonly code: string;
  readonly exit: ExitCode;
  readonly hint?: string;

  constructor(code: string, message: string, options: DbErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'DbError';
    this.code = code;
    this.exit = options.exit ?? EXIT.failed;
    this.hint = options.hint;
  }
}
