import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Access } from './access/declaration.ts';
import { shellPath } from './command-line/shell-path.ts';
import { findWorkspaceRoot } from './environment/load.ts';
import { DbError } from './errors.ts';

export interface Seed {
  /**
   * Fills tables over a connection of its own; returns the rows written, by table. Running it twice changes nothing.
   */
  run: (url: string) => Promise<Record<string, number>>;
  /** Refused on a database that is not local. */
  localOnly?: boolean;
}

export interface DbConfig {
  /** Name of the database on the local server. */
  database: string;
  /** Folder of the migrations; paths are relative to the config file. */
  migrations: string;
  /** Where drizzle notes what was applied; drizzle.__drizzle_migrations unless set. */
  migrationsTable?: { schema: string; table: string };
  /** Entry module that exports tables, enums, schemas and relations. */
  schema: string;
  /**
   * Who owns which schema and who may read what; `db roles` and `db migrate` turn it into roles and rights. None
   * without it.
   */
  access?: Access;
  /** Run in the order written. Import what a seed needs inside `run`: the config is loaded by every verb. */
  seeds?: Record<string, Seed>;
  /**
   * The embedded server: its folder (default `.local/postgres` of the workspace) and port (the first free from 25432).
   */
  localPostgres?: { directory?: string; port?: number };
}

/** Returns the config as it is; for the types. */
export function defineConfig(config: DbConfig): DbConfig {
  return config;
}

/** The config with absolute paths and defaults filled in. */
export interface LoadedConfig {
  file: string;
  /** Where .env and .local are. */
  root: string;
  database: string;
  migrations: string;
  migrationsTable: { schema: string; table: string };
  schema: string;
  access?: Access;
  seeds: Record<string, Seed>;
  localPostgres: { directory: string; port?: number };
}

/**
 * Loads `file`, else the first `db.config.ts` (`.mjs`, `.js`) at or above `cwd`, there or in `packages/db`.
 * Throws a DbError `config_missing`, `config_broken` or `config_invalid`.
 */
export async function loadConfig(options: { cwd: string; file?: string }): Promise<LoadedConfig> {
  const file = options.file ? resolve(options.cwd, options.file) : findConfig(options.cwd);
  if (!file || !existsSync(file)) throw missing(options);
  const config = await importConfig(file);
  check(config, file);
  const folder = dirname(file);
  const root = findWorkspaceRoot(folder);
  return {
    file,
    root,
    database: config.database,
    migrations: resolve(folder, config.migrations),
    migrationsTable: config.migrationsTable ?? { schema: 'drizzle', table: '__drizzle_migrations' },
    schema: resolve(folder, config.schema),
    ...(config.access ? { access: config.access } : {}),
    seeds: config.seeds ?? {},
    localPostgres: {
      directory: resolve(folder, config.localPostgres?.directory ?? join(root, '.local', 'postgres')),
      ...(config.localPostgres?.port === undefined ? {} : { port: config.localPostgres.port }),
    },
  };
}

const FILES = ['db.config.ts', 'db.config.mjs', 'db.config.js'];

function findConfig(cwd: string): string | undefined {
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    for (const place of [folder, join(folder, 'packages', 'db')]) {
      const file = FILES.map((name) => join(place, name)).find((path) => existsSync(path));
      if (file) return file;
    }
    if (folder === dirname(folder)) return undefined;
  }
}

function missing(options: { cwd: string; file?: string }): DbError {
  if (options.file) {
    return new DbError('config_missing', `There is no config at ${resolve(options.cwd, options.file)}.`, {
      hint: 'Give the path of a db.config.ts: pnpm db --config packages/db/db.config.ts',
    });
  }
  return new DbError('config_missing', `There is no db.config.ts at or above ${options.cwd}.`, {
    hint: 'Run inside the repository, or name the file: pnpm db --config packages/db/db.config.ts',
  });
}

async function importConfig(file: string): Promise<DbConfig> {
  let module: { default?: DbConfig };
  try {
    module = await import(pathToFileURL(file).href);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw new DbError('config_broken', `${file} cannot be loaded: ${reason}`, {
      hint: `See the whole error: node ${shellPath(file)}`,
      cause,
    });
  }
  if (!module.default) {
    throw new DbError('config_invalid', `${file} has no default export.`, {
      hint: "export default defineConfig({ database: 'app', migrations: './migrations', schema: './src/schema/index.ts' })",
    });
  }
  return module.default;
}

const KEYS = ['database', 'migrations', 'migrationsTable', 'schema', 'access', 'seeds', 'localPostgres'];
const NEEDED = ['database', 'migrations', 'schema'] as const;

function check(config: DbConfig, file: string): void {
  const refuse = (problem: string, hint: string) => new DbError('config_invalid', `${file}: ${problem}.`, { hint });
  for (const key of NEEDED) {
    if (typeof config[key] !== 'string' || !config[key]) throw refuse(`${key} is missing`, `Add ${key}: '…'`);
  }
  const unknown = Object.keys(config).filter((key) => !KEYS.includes(key));
  if (unknown.length > 0) throw refuse(`${unknown.join(', ')} is not known here`, `Known: ${KEYS.join(', ')}`);
  for (const [name, seed] of Object.entries(config.seeds ?? {})) {
    if (typeof seed?.run !== 'function') throw refuse(`the seed ${name} has no run function`, `${name}: { run }`);
  }
}
