import type { Catalog } from '../catalog/index.ts';
import type { LoadedConfig } from '../config.ts';
import { type Target, withConnection } from '../connection/target.ts';
import type { Environment } from '../environment/load.ts';
import { DbError, EXIT } from '../errors.ts';
import { status } from '../migrator/index.ts';
import { migratorOptions } from '../migrator-options.ts';
import { alignOwners } from './align.ts';
import { columnOrderNotes, compareCatalogs, type Difference } from './compare.ts';
import { composeSql } from './compose.ts';
import { ignoreTables } from './ignore-tables.ts';
import { readDatabase } from './read-database.ts';
import { readSurroundings, replayMigrations } from './replay.ts';
import { openScratchServer, requireSameMajor } from './scratch-server.ts';

export interface DriftOptions {
  config: LoadedConfig;
  target: Target;
  env: Environment;
  /** Compare with what the files up to this one make, whatever the history says. */
  to?: string;
  /** Compare owners too. */
  owners?: boolean;
  /** Tables of the target, as SQL writes their names, that are no part of it. */
  ignore?: string[];
  signal?: AbortSignal;
  /** A role that was created on the scratch server. */
  onRole?: (role: string) => void;
}

export interface Drift {
  differences: Difference[];
  /** What is no difference, but good to know. */
  notes: string[];
  /** What makes the target like the migrations. */
  toMigrations: string[];
  /** What makes a database of the migrations like the target. */
  toTarget: string[];
  /** Files that the target has still to get; what they do is left out of the comparison. */
  pending: string[];
  /** The last file that counts; null for none. */
  last: string | null;
}

/**
 * Replays the migrations that the target has had on a scratch database, which goes again, and compares the two. Throws
 * `history_mismatch` (exit 3) where the history does not say what the target has had, `other_version` (exit 2) where
 * the scratch server is no match, and what `migrate` throws.
 */
export async function findDrift(options: DriftOptions): Promise<Drift> {
  const { config, target, env } = options;
  const { last, pending } = options.to === undefined ? await readHistory(options) : { last: options.to, pending: [] };
  const surroundings = await withConnection(target, (sql) => readSurroundings(sql, config));
  const server = await openScratchServer(env);
  try {
    await requireSameMajor(server, { name: target.name, version: surroundings.serverVersion });
    const reading = { migrationsTable: config.migrationsTable, owners: options.owners };
    const scratch = await replayMigrations({ ...options, server, surroundings }, last);
    const [wanted, found] = await Promise.all([
      readDatabase(scratch.url, reading),
      readDatabase(target.url, reading),
    ]).finally(() => scratch.drop());
    return { ...describe(wanted, ignoreTables(found, options.ignore ?? [])), pending, last };
  } finally {
    await server.stop();
  }
}

function describe(wanted: Catalog, found: Catalog): Omit<Drift, 'pending' | 'last'> {
  const [migrations, target] = alignOwners(wanted, found);
  return {
    differences: compareCatalogs(migrations, target),
    notes: columnOrderNotes(migrations, target),
    toMigrations: composeSql(target, migrations),
    toTarget: composeSql(migrations, target),
  };
}

async function readHistory({ config, target }: DriftOptions): Promise<Pick<Drift, 'last' | 'pending'>> {
  const { migrations, problems } = await status(migratorOptions(config, target, 'drift'));
  const [problem] = problems;
  if (problem) throw unknownState(problem.message, problem.hint);
  const pending = migrations.filter(({ state }) => state !== 'applied').map(({ tag }) => tag);
  const applied = migrations.filter(({ state }) => state === 'applied').map(({ tag }) => tag);
  const partial = migrations.find(({ state }) => state === 'partial');
  if (partial) throw unknownState(`${partial.tag} is applied in part.`, 'Finish it: pnpm db migrate');
  if (migrations.slice(0, applied.length).some(({ state }) => state !== 'applied')) {
    throw unknownState(`${pending[0]} is pending although a newer one is applied.`, 'Apply it: pnpm db migrate');
  }
  return { last: applied.at(-1) ?? null, pending };
}

function unknownState(message: string, hint: string): DbError {
  return new DbError('history_mismatch', `It cannot be told what the database should be like. ${message}`, {
    exit: EXIT.check,
    hint,
  });
}
