import { run } from './run.ts';
import type {
  Blocker,
  MigrateOptions,
  MigrateResult,
  MigratorOptions,
  PlannedRevert,
  PlanResult,
  RepairOperation,
  RepairOptions,
  RepairResult,
  RevertOptions,
  RevertResult,
} from './types.ts';

export { MigrationError } from './migration-error.ts';
export { assertMigrated, compareWithFolder, status } from './status.ts';
export type {
  AfterApply,
  Blocker,
  HistoryProblem,
  MigrateEvent,
  MigrateOptions,
  MigrateResult,
  MigrationState,
  MigrationStatus,
  MigrationsTable,
  MigratorOptions,
  PlannedEffect,
  PlannedMigration,
  PlannedRevert,
  PlannedStatement,
  PlanResult,
  RepairOperation,
  RepairOptions,
  RepairResult,
  RevertOptions,
  RevertResult,
  SqlClient,
  StatusResult,
} from './types.ts';

/**
 * Applies what is pending, each file exactly once, whoever else tries at the same moment. On a database that a newer
 * build has migrated further it leaves everything as it is, with a warning, unless a file of this build is missing
 * there. Throws DbErrors: 1 a statement failed, 3 the history does not match the files, 4 the lock was not free in
 * time, 5 pooler, replica or unreachable server.
 */
export function migrate(options: MigrateOptions): Promise<MigrateResult> {
  return run(options);
}

// Loaded when they are called: a deployment that finds nothing to do is over in the time that loading them takes.

/**
 * The statements that `migrate` would run, with what each does to which table and how large that table is now.
 * Reads catalogs only, so a table of a terabyte costs as little as an empty one. Throws exit 3 like `migrate`.
 */
export async function plan(options: MigratorOptions & { to?: string }): Promise<PlanResult> {
  return (await import('./plan.ts')).plan(options);
}

/**
 * Carries out a human decision about the history, under the migration lock and in one transaction.
 * Throws exit 3 (`repair_not_applicable`) when the migration is not in the state that the operation is for.
 */
export async function repair(options: RepairOptions, operation: RepairOperation): Promise<RepairResult> {
  return (await import('./repair.ts')).repair(options, operation);
}

/** What `revert` would undo, the last applied first. Throws exit 3 where one of them has no way back. */
export async function planRevert(
  options: MigratorOptions & Pick<RevertOptions, 'count' | 'to'>,
): Promise<PlannedRevert[]> {
  return (await import('./revert.ts')).plan(options);
}

/**
 * Runs the down files (`<tag>.down.sql`) of what was applied last, newest first, each in one transaction with the
 * removal of its record, under the migration lock. Throws like `migrate`, and exit 3 (`down_missing`, `irreversible`)
 * before anything happens where one of them has no way back.
 */
export async function revert(options: RevertOptions): Promise<RevertResult> {
  return (await import('./revert.ts')).revertWith(options);
}

/** Who holds the migration lock, or undefined when it is free. */
export async function lockHolder(options: MigratorOptions): Promise<Blocker | undefined> {
  return (await import('./unlock.ts')).lockHolder(options);
}

/**
 * Ends the session that holds the migration lock. The process id must be told, so that nobody ends a runner that they
 * did not see. A statement that was running is rolled back, or settled by the next run.
 * Throws exit 4 when another process holds the lock.
 */
export async function unlock(options: MigratorOptions, pid: number): Promise<Blocker> {
  return (await import('./unlock.ts')).unlock(options, pid);
}
