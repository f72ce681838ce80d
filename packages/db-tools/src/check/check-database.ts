import type { Sql } from 'postgres';
import type { LoadedConfig } from '../config.ts';
import { type Target, withConnection } from '../connection/target.ts';
import { findDrift } from '../drift/find-drift.ts';
import type { Environment } from '../environment/load.ts';
import { DbError, EXIT } from '../errors.ts';
import { status } from '../migrator/index.ts';
import { migratorOptions } from '../migrator-options.ts';
import type { CheckFinding } from './finding.ts';

export interface DatabaseCheck {
  config: LoadedConfig;
  target: Target;
  /** Names the server that the migrations are replayed on. */
  env: Environment;
  signal?: AbortSignal;
}

/**
 * The history matches the files, the database is what its migrations make, every index is valid, every constraint has
 * been checked. Throws when it cannot connect.
 */
export async function checkDatabase(options: DatabaseCheck): Promise<CheckFinding[]> {
  const { config, target } = options;
  const history = await status(migratorOptions(config, target, 'check'));
  const problems = history.problems.map(({ code, tag, message, hint }) => ({
    code: code === 'history_mismatch' ? 'history' : code.replaceAll('_', '-'),
    at: tag,
    message,
    fix: hint,
  }));
  const objects = await withConnection(target, async (sql) => [
    ...(await findInvalidIndexes(sql)),
    ...(await findUncheckedConstraints(sql)),
  ]);
  // Without a history that matches nobody knows what the database should be like.
  return [...problems, ...(problems.length > 0 ? [] : await checkDrift(options)), ...objects];
}

async function checkDrift(options: DatabaseCheck): Promise<CheckFinding[]> {
  try {
    const { differences } = await findDrift(options);
    return differences.map(({ change, kind, name }) => ({
      code: 'drift',
      at: `${kind} ${name}`,
      message: `It is ${change} in ${options.target.name}, compared with what the migrations make.`,
      fix: 'See both sides and the SQL for either way: pnpm db drift',
    }));
  } catch (error) {
    if (!(error instanceof DbError) || error.exit !== EXIT.check) throw error;
    const { code, message, hint } = error;
    return [{ code: code.replaceAll('_', '-'), at: options.target.name, message, fix: hint ?? 'pnpm db status' }];
  }
}

/** Indexes that a build left behind. */
export async function findInvalidIndexes(sql: Sql): Promise<CheckFinding[]> {
  // One that is being built is not valid yet.
  const rows = await sql<{ name: string; table: string; definition: string }[]>`
    select format('%I.%I', n.nspname, c.relname) as name, i.indrelid::regclass::text as table, pg_get_indexdef(c.oid) as definition
    from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
    where not (i.indisvalid and i.indisready and i.indislive) and c.relkind = 'i' and n.nspname not like 'pg\\_%'
      and not exists (select from pg_stat_progress_create_index p where p.index_relid = c.oid)
    order by 1`;
  return rows.map(({ name, table, definition }) => ({
    code: 'index-invalid',
    at: name,
    message: `The index of ${table} is INVALID, left by a build that broke off: every write keeps it up, no query uses it.`,
    fix: `DROP INDEX CONCURRENTLY ${name}; then build it again: ${definition.replace(/ INDEX /, ' INDEX CONCURRENTLY ')};`,
  }));
}

async function findUncheckedConstraints(sql: Sql): Promise<CheckFinding[]> {
  const rows = await sql<{ name: string; table: string; label: string }[]>`
    select quote_ident(c.conname) as name, c.conrelid::regclass::text as table, c.conname as label
    from pg_constraint c join pg_namespace n on n.oid = c.connamespace
    where not c.convalidated and c.conrelid <> 0 and c.conparentid = 0 and n.nspname not like 'pg\\_%'
    order by 2, 1`;
  return rows.map(({ name, table, label }) => ({
    code: 'constraint-not-valid',
    at: `${table}.${name}`,
    message: 'Rows that were there before the constraint have not been checked against it.',
    fix: `pnpm db generate --custom --name validate_${label.toLowerCase()}, with: ALTER TABLE ${table} VALIDATE CONSTRAINT ${name};`,
  }));
}
