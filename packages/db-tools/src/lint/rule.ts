import type { DbError } from '../errors.ts';
import type { Snapshot } from '../generate/snapshot.ts';
import type { Directives } from '../migrator/directives.ts';
import type { Script } from '../migrator/segments.ts';
import type { Exception } from './exceptions.ts';
import type { Parsed } from './parsed.ts';
import type { SqlName } from './sql-name.ts';
import type { SquawkFinding } from './squawk.ts';

/** One thing that a migration must not do. Each has a file of its own in rules/. */
export interface Rule {
  name: string;
  /** `error` fails the lint; `info` is a matter of taste. */
  level: Level;
  /** The rules of squawk that this one stands in for: it knows the batch, the snapshots and our runner. */
  squawk?: string[];
  check(file: LintFile): Problem[];
}

export type Level = 'error' | 'info';

export interface Problem {
  at: LintStatement | { line: number };
  /** What it blocks, breaks or loses: whole sentences. */
  message: string;
  /** The migration to write instead. */
  safe: SafeStep[];
}

/** The safe form, in order: migrations, each a file of its own, and what has to happen between them. */
export type SafeStep = { migration: string; sql: string } | { do: string };

/** A file as the rules see it. */
export interface LintFile {
  /** The path as people read it. */
  path: string;
  sql: string;
  directives: Directives;
  statements: LintStatement[];
  /** Transactions as the runner makes them; undefined when it refuses the file. */
  script?: Script;
  /** Why it cannot be read at all. */
  unreadable?: DbError;
  exceptions: Exception[];
  batch: Batch;
}

export interface LintStatement {
  /** From 1, as is the line. */
  number: number;
  line: number;
  text: string;
  /** Offset in the file. */
  start: number;
  parsed: Parsed;
  /** Why the runner refuses it. */
  refused?: string;
  /** What squawk has against it. */
  squawk: SquawkFinding[];
  /** Place in the batch. */
  order: number;
}

/** The files that are linted together: what one of them creates is new to the next, and nothing uses it yet. */
export interface Batch {
  /** Whether a table, type or index was created before the statement. */
  isNew(name: SqlName, before: LintStatement): boolean;
  /** Every statement, in order. */
  statements: LintStatement[];
  /** Statements of the migrations before the batch, oldest first. Read when asked for. */
  earlier(): Parsed[];
  /** The schema before and after the batch, where drizzle-kit's snapshots tell it. */
  before?: Snapshot;
  after?: Snapshot;
}
