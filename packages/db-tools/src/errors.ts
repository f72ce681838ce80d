/** What the process ends with; the table is in docs and stays stable. */
export const EXIT = {
  /** Done, or nothing to do. */
  ok: 0,
  failed: 1,
  /** A decision or confirmation is missing. */
  decision: 2,
  /** A check failed: pending, drift, lint, history. */
  check: 3,
  /** The lock was not free in time. */
  locked: 4,
  /** Pooler, replica, protected or unreachable database. */
  wrongTarget: 5,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export interface DbErrorOptions {
  exit?: ExitCode;
  /** The next step, as something to copy. */
  hint?: string;
  cause?: unknown;
  /** Machine-readable facts, printed beside code, message and hint with `--json`. */
  details?: Record<string, unknown>;
}

/**
 * An error meant for the person or program that called: `message` says what happened to what, `hint` what to do next.
 * Neither ever contains a password. `code` is stable (`database_missing`); `exit` is 1 unless given.
 */
export class DbError extends Error {
  override readonly name = 'DbError';
  readonly code: string;
  readonly exit: ExitCode;
  readonly hint?: string;
  readonly details?: Record<string, unknown>;

  constructor(code: string, message: string, options: DbErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.exit = options.exit ?? EXIT.failed;
    this.hint = options.hint;
    this.details = options.details;
  }
}

/** Arguments that say nothing that can be done; `hint` is a command line that does. */
export function usageError(message: string, hint: string): DbError {
  return new DbError('usage', message, { hint });
}

/** Anything thrown, as a DbError: what is none already is a defect, told without its stack unless DEBUG is set. */
export function toDbError(error: unknown): DbError {
  if (error instanceof DbError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new DbError('unexpected', `Something failed that should not: ${message.split('\n')[0]}`, {
    hint: 'See where: DEBUG=1 and the same command',
    cause: error,
  });
}
