import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { actAsOwner, reconcileGrants } from '@org/db-tools/access';
import { connect } from '@org/db-tools/connect';
import { createDatabase as createDatabaseAt } from '@org/db-tools/database';
import {
  assertMigrated as assertMigratedWith,
  compareWithFolder,
  type MigrateOptions,
  type MigrateResult,
  migrate as migrateWith,
} from '@org/db-tools/migrator';
import { parseDatabaseUrl, targetName } from '@org/db-tools/url';
import { sql } from 'drizzle-orm';
import { access } from './access.ts';
import type { Database } from './transaction.ts';

export type { MigrateEvent, MigrateResult } from '@org/db-tools/migrator';

export interface MigrateDatabaseOptions extends Omit<MigrateOptions, 'directory' | 'table' | 'afterApply'> {
  /** The folder of the migrations; ours unless given. */
  directory?: string;
  /** What role names begin with, instead of the prefix read from the database. */
  rolePrefix?: string;
}

/**
 * Creates the database of `url` unless it exists; returns whether it did. A role that may not create one passes when it
 * exists. `local: false` keeps one made over loopback from being marked as a developer's own. Waits for the server, 30
 * s unless the URL has a connect_timeout.
 */
export function createDatabase(url: string, options: { local?: boolean } = {}): Promise<boolean> {
  const connection = parseDatabaseUrl(url);
  const connectTimeout = Number(connection.params.connect_timeout ?? 30);
  const target = { url, connection, name: targetName(connection), source: 'url', connectTimeout };
  return createDatabaseAt(target, options);
}

/**
 * Applies the pending migrations of this package and returns them; of several processes that try at once, one applies
 * each. Where the roles of access.ts exist, what is created belongs to the owner, and the rights are made those of
 * access.ts. A database that a newer build has migrated further stays as it is. `url` is a direct one, of a role that
 * owns the schema or may act as its owner. Throws DbErrors, see the migrator.
 */
export async function migrate({ rolePrefix, ...options }: MigrateDatabaseOptions): Promise<MigrateResult> {
  const declared = { access, historySchema: HISTORY_SCHEMA, prefix: rolePrefix };
  const sql = await connect(options.url, options);
  const url = await actAsOwner(sql, options.url, declared).finally(() => sql.end({ timeout: 1 }));
  const warn = (message: string) => options.onEvent?.({ type: 'notice', severity: 'WARNING', message });
  const afterApply = reconcileGrants({ ...declared, onResult: ({ problems }) => problems.forEach(warn) });
  return await migrateWith({ ...options, url, afterApply, directory: options.directory ?? migrationsDirectory() });
}

/**
 * Resolves when every migration of this build is applied; throws a DbError `migrations_pending` otherwise. Two short
 * queries.
 */
export function assertMigrated(db: Database, directory = migrationsDirectory()): Promise<void> {
  return assertMigratedWith({ unsafe: (query) => db.execute(sql.raw(query)) }, directory);
}

/**
 * By name, the migrations of this build that the database lacks (pending), and those that it has beyond them (ahead).
 * Two short queries.
 */
export function compareMigrations(
  db: Database,
  directory = migrationsDirectory(),
): Promise<{ pending: string[]; ahead: string[] }> {
  return compareWithFolder({ unsafe: (query) => db.execute(sql.raw(query)) }, directory);
}

/** The folder of this package's migrations: beside the code in a bundled service, else where they are written. */
export function migrationsDirectory(): string {
  const bundled = join(import.meta.dirname, 'migrations');
  return existsSync(bundled) ? bundled : join(import.meta.dirname, '..', 'migrations');
}

/** The schema of drizzle's own table, which says what is applied. */
export const HISTORY_SCHEMA = 'drizzle';
