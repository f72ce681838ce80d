import type { Hazard, TableLock } from './effects.ts';

/** Where a migration stands. Everything except `applied`, `pending` and `partial` upwards needs a human decision. */
export type MigrationState =
  | 'applied'
  | 'pending'
  | 'modified'
  | 'restamped'
  | 'out-of-order'
  | 'missing-file'
  | 'partial';

export type Direction = 'up' | 'down';

/** The table that drizzle keeps its history in; ours lie beside it, under names derived from it. */
export interface MigrationsTable {
  schema: string;
  table: string;
}

export interface MigratorOptions {
  /** A direct connection to the database, not one through a pooler. */
  url: string;
  /** The folder with `NNNN_name.sql` and `meta/_journal.json`. */
  directory: string;
  /** Default: `drizzle.__drizzle_migrations`. */
  table?: MigrationsTable;
  /** What `pg_stat_activity` shows. */
  applicationName?: string;
  /** Seconds; transient errors are retried until then. Default 30. */
  connectTimeout?: number;
}

export interface MigrationStatus {
  tag: string;
  state: MigrationState;
  /**
   * Of a partial one: `up`, `migrate` goes on with it; `down`, its down file was interrupted, and `revert` goes on with
   * it.
   */
  direction?: Direction;
  /** ISO 8601; unknown for files that another tool applied. */
  appliedAt?: string;
  ms?: number;
}

export interface StatusResult {
  /** In the order of the journal; rows and steps without a file come last. */
  migrations: MigrationStatus[];
  /** How many files `migrate` would run. */
  pending: number;
  /**
   * Whether the history matches the files: nothing but `applied`, `pending` and `partial` upwards, and no row twice.
   */
  ok: boolean;
  /** What does not match, in sentences, with the command that settles each. */
  problems: HistoryProblem[];
}

export interface HistoryProblem {
  /** Of the error with which `migrate` refuses it. */
  code: 'history_mismatch' | 'migration_partial' | 'steps_without_file';
  tag: string;
  message: string;
  hint: string;
}

export interface MigrateOptions extends MigratorOptions {
  /** Check everything, change nothing; `MigrateResult.pending` says what would run. */
  dryRun?: boolean;
  /** The last file to apply. */
  to?: string;
  /** Seconds to wait for another runner. Default 60. */
  lockWait?: number;
  /** Seconds that a statement may wait for a lock, and readers behind it with it. Default 2. */
  lockTimeout?: number;
  /**
   * Seconds that a statement may run; index builds and other statements outside of a transaction are exempt. Default:
   * the server's.
   */
  statementTimeout?: number;
  /** Work through a transaction pooler: per-file locks; statements that need a session are refused. */
  allowPooler?: boolean;
  /** What belongs to a run beside its files. */
  afterApply?: AfterApply;
  onEvent?: (event: MigrateEvent) => void;
  signal?: AbortSignal;
}

/** The caller's own work after the last file, under the lock and in one transaction on the same connection. */
export interface AfterApply {
  /** What events and errors call it, in place of a tag. */
  name: string;
  /**
   * Asked, without the lock, in a dry run, and where no file is to be applied: such a run is over, and has written
   * nothing, if it is not.
   */
  isNeeded(sql: SqlClient): Promise<boolean>;
  apply(sql: SqlClient): Promise<void>;
}

export interface MigrateResult {
  applied: { tag: string; ms: number }[];
  alreadyApplied: number;
  /** With `dryRun`: what would run. */
  pending?: string[];
  /** What a newer build has applied beyond these files; then nothing was pending, and nothing was changed. */
  ahead?: string[];
}

export interface RevertOptions extends Omit<MigrateOptions, 'dryRun' | 'to' | 'allowPooler'> {
  /** How many migrations, the last applied first. Default 1. */
  count?: number;
  /** In place of a count: everything that was applied after this one. */
  to?: string;
  /** What was agreed to, in that order; anything else is refused. */
  expected?: string[];
}

/** A migration that `revert` would undo, with the statements of its down file. */
export interface PlannedRevert {
  tag: string;
  statements: string[];
}

export interface RevertResult {
  reverted: { tag: string; ms: number }[];
  /** How many are still applied. */
  applied: number;
}

/** A session that stands in the way. */
export interface Blocker {
  pid: number;
  application: string;
  user: string;
  state: string;
  query: string;
  /** Seconds since its transaction (or else its session) began; unknown where the server hides the session. */
  age?: number;
}

export type MigrateEvent =
  | { type: 'waiting-for-lock'; waitedMs: number; holder?: Blocker }
  | { type: 'file-started'; tag: string; statements: number; mode: 'transaction' | 'steps' }
  | { type: 'file-finished'; tag: string; ms: number }
  | { type: 'file-skipped'; tag: string; reason: 'applied-by-another-runner' }
  | {
      type: 'statement-running';
      tag: string;
      /** From 1. */
      statement: number;
      sql: string;
      elapsedMs: number;
      waitingFor: Blocker[];
      progress?: { phase: string; percent?: number };
    }
  | {
      type: 'retry';
      tag: string;
      statement: number;
      code: string;
      attempt: number;
      delayMs: number;
      blockers: Blocker[];
    }
  | { type: 'step-recovered'; tag: string; statement: number; outcome: 'done' | 'not-done' }
  | { type: 'reconnected'; tag: string; committed: boolean }
  | { type: 'notice'; severity: string; message: string };

/** What `assertMigrated` needs of a client; postgres.js has it. */
export interface SqlClient {
  unsafe(query: string): PromiseLike<readonly Record<string, unknown>[]>;
}

export interface PlanResult {
  migrations: PlannedMigration[];
  /** How many files would run. */
  pending: number;
}

export interface PlannedMigration {
  tag: string;
  mode: 'transaction' | 'steps';
  statements: PlannedStatement[];
}

export interface PlannedStatement {
  /** From 1, as is the line. */
  number: number;
  line: number;
  sql: string;
  /** Statements with the same number are committed together; null for one that runs outside of a transaction. */
  transaction: number | null;
  /** Of a file that is applied in part: this statement is committed already. */
  done: boolean;
  effects: PlannedEffect[];
}

/** What a statement does to one table; sizes are those of now, and missing for a table that does not exist yet. */
export interface PlannedEffect extends Partial<TableSize> {
  table: string;
  lock: TableLock;
  /** Created by the migrations to come. */
  isNew: boolean;
  hazards: Hazard[];
}

export interface TableSize {
  /** With indexes and TOAST. */
  bytes: number;
  /** The planner's estimate. */
  rows: number;
}

/** A human decision about the history. */
export type RepairOperation =
  /** The edit of an applied file is fine: its row gets the new hash. */
  | { kind: 'accept'; tag: string }
  /** The file was applied under another stamp: its row gets the journal's. */
  | { kind: 'restamp'; tag: string }
  /** The file was applied by other means, or what was left of it: it gets a row without being run. */
  | { kind: 'mark-applied'; tag: string }
  /**
   * All of them were applied by other means, as when a database is taken over: they get rows together, or none does.
   */
  | { kind: 'baseline'; tags: string[] }
  /** The file was undone by other means: its row and its steps go, and it will run again. */
  | { kind: 'mark-pending'; tag: string }
  /** The file of this row is gone for good. */
  | { kind: 'forget'; row: number }
  /** Rows that are in the history twice: the first of each stays. */
  | { kind: 'dedupe' }
  /** The file may run although a newer one has. */
  | { kind: 'allow-out-of-order'; tag: string }
  /** A statement of which nobody but a person can tell whether it took effect. */
  | { kind: 'step'; tag: string; statement: number; as: 'done' | 'retry' };

export interface RepairOptions extends MigratorOptions {
  /** Say what would change, change nothing. */
  dryRun?: boolean;
  /** Seconds to wait for a runner. Default 60. */
  lockWait?: number;
}

export interface RepairResult {
  /** What changed (or would), a sentence each. */
  changes: string[];
}
