import { run } from './run.ts';
import type { MigrateOptions, MigrateResult } from './types.ts';

export { MigrationError } from './migration-error.ts';
export { plan } from './plan.ts';
export { repair } from './repair.ts';
export { assertMigrated, status } from './status.ts';
export type {
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
  PlannedStatement,
  PlanResult,
  RepairOperation,
  RepairOptions,
  RepairResult,
  SqlClient,
  StatusResult,
} from './types.ts';
export { lockHolder, unlock } from './unlock.ts';

/**
 * Applies what is pending, each file exactly once, whoever else tries at the same moment.
 * Throws DbErrors: 1 a statement failed, 3 the history does not match the files, 4 the lock was not free in time,
 * 5 pooler, replica or unreachable server.
 */
export function migrate(options: MigrateOptions): Promise<MigrateResult> {
  return run(options);
}
