import { DbError, EXIT, type ExitCode } from '../errors.ts';
import { describeBlocker } from './blockers.ts';
import { lineAndColumn, unitsOf } from './position.ts';
import type { Blocker } from './types.ts';

export interface Failure {
  code: string;
  exit?: ExitCode;
  tag: string;
  /** The whole file, and which part of it failed; absent when it was not a statement of the file. */
  file?: { sql: string; statement: { number: number; text: string; start: number } };
  cause: unknown;
  blockers?: Blocker[];
  /** One sentence on what is in the database now. */
  committed: string;
  /** The next command. */
  next: string;
}

/** What the server says about an error, as postgres.js shows it. */
interface ServerError {
  code?: string;
  detail?: string;
  hint?: string;
  where?: string;
  position?: string;
  message: string;
}

/** A migration that failed, with everything that the person who has to mend it will ask. */
export class MigrationError extends DbError {
  readonly tag: string;
  /** From 1. */
  readonly statement?: number;
  readonly sql?: string;
  /** Of the error itself where the server gave a position, else of the statement; both from 1. */
  readonly line?: number;
  readonly column?: number;
  /** The line of the file with a caret under the position. */
  readonly excerpt?: string;
  readonly sqlState?: string;
  readonly detail?: string;
  /** The server's own advice; `hint` is the next command. */
  readonly serverHint?: string;
  readonly blockers: Blocker[];
  readonly committed: string;

  constructor(failure: Failure) {
    const error = failure.cause as ServerError;
    const place = failure.file && locate(failure.file, error.position);
    const sqlState = /^[0-9A-Z]{5}$/.test(error.code ?? '') ? error.code : undefined;
    const where =
      failure.file && place
        ? `${failure.tag}.sql:${place.line}, statement ${failure.file.statement.number}`
        : failure.tag;
    const facts = {
      tag: failure.tag,
      statement: failure.file?.statement.number,
      sql: failure.file?.statement.text,
      line: place?.line,
      column: place?.column,
      excerpt: place?.excerpt,
      sqlState,
      detail: error.detail,
      serverHint: error.hint,
      blockers: failure.blockers ?? [],
      committed: failure.committed,
    };
    super(failure.code, `${where} failed: ${error.message}${sqlState ? ` (${sqlState})` : ''}.`, {
      exit: failure.exit ?? EXIT.failed,
      hint: failure.next,
      cause: failure.cause,
      details: facts,
    });
    Object.assign(this, facts);
    this.tag = facts.tag;
    this.blockers = facts.blockers;
    this.committed = facts.committed;
  }

  /**
   * The error for a terminal: place, SQL with a caret, the server's detail and hint, what is committed, what to type
   * next.
   */
  report(): string {
    return [
      this.message,
      this.excerpt,
      this.detail && `Detail: ${this.detail}`,
      this.serverHint && `The server's hint: ${this.serverHint}`,
      ...this.blockers.map((blocker) => `Blocked by ${describeBlocker(blocker)}`),
      this.committed,
      this.hint && `Next: ${this.hint}`,
    ]
      .filter(Boolean)
      .join('\n');
  }
}

function locate({ sql, statement }: NonNullable<Failure['file']>, position: string | undefined) {
  const offset = statement.start + (position ? unitsOf(statement.text, Number(position) - 1) : 0);
  const { line, column } = lineAndColumn(sql, offset);
  const text = sql.split(/\r?\n/)[line - 1] ?? '';
  // Long lines (a seed of a thousand values) are shown around the position only.
  const from = Math.max(0, column - 61);
  const shown = [...text]
    .slice(from, from + 120)
    .join('')
    .replaceAll('\t', ' ');
  const gutter = `${line} | ${from > 0 ? '…' : ''}`;
  return { line, column, excerpt: `${gutter}${shown}\n${' '.repeat(gutter.length + column - 1 - from)}^` };
}
