import { createHash } from 'node:crypto';
import type { Sql } from 'postgres';
import type { LoadedConfig } from '../config.ts';
import { connect } from '../connection/connect.ts';
import { formatDatabaseUrl, parseDatabaseUrl } from '../connection/url.ts';
import { type AfterApply, migrate } from '../migrator/index.ts';
import { readMigrations } from '../migrator/read-files.ts';
import { type ClonedDatabase, cloneDatabase } from '../testing/index.ts';
import { creatingRoles } from './creating-roles.ts';
import type { ScratchServer } from './scratch-server.ts';

/** What the meaning of the files depends on; as it is on the target. */
export interface Surroundings {
  /** Settings that decide what SQL means, as libpq's `options` takes them. */
  settings: string;
  /** What the names of the declared roles begin with; undefined where the roles are not in use. */
  prefix?: string;
}

export interface Replay {
  config: LoadedConfig;
  server: ScratchServer;
  surroundings: Surroundings;
  signal?: AbortSignal;
  onRole?: (role: string) => void;
}

/**
 * A database of its own in which the migrations up to `last` (null: none) have been applied; on a server that stays, it
 * is copied from a template that is made once for the same files and surroundings. Drop it. Throws what `migrate`
 * throws.
 */
export async function replayMigrations(replay: Replay, last: string | null): Promise<ClonedDatabase> {
  const { server } = replay;
  const apply = async (url: string) => {
    if (last === null) return;
    const scratch = await prepareScratch(replay, url);
    await scratch.run((options) => migrate({ ...options, to: last }));
  };
  if (server.stays) {
    return await cloneDatabase({ serverUrl: server.url, key: `replay ${contentOf(replay, last)}`, prepare: apply });
  }
  const database = await cloneDatabase({ serverUrl: server.url, key: 'empty', prepare: async () => {} });
  await apply(database.url);
  return database;
}

function contentOf({ config, surroundings: { settings, prefix } }: Replay, last: string | null): string {
  const files = readMigrations(config.migrations);
  const used = files.slice(0, files.findIndex(({ tag }) => tag === last) + 1);
  const content = [
    used.map(({ tag, when, hash }) => [tag, when, hash]),
    config.migrationsTable,
    config.access ?? null,
    settings,
    prefix ?? null,
  ];
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}

/** A scratch database in which migrations run as they do on the target. */
interface Scratch {
  /** Calls `work`, and again whenever it fails for a role that the server lacks, which is created. */
  run<Result>(work: (options: ScratchOptions) => Promise<Result>): Promise<Result>;
}

interface ScratchOptions {
  url: string;
  directory: string;
  table: LoadedConfig['migrationsTable'];
  afterApply?: AfterApply;
  signal?: AbortSignal;
}

/** Sets up the session and, where they are in use, the declared roles. */
export async function prepareScratch(
  { config, surroundings, signal, onRole }: Replay,
  databaseUrl: string,
): Promise<Scratch> {
  const sessions = withOptions(databaseUrl, surroundings.settings);
  const { url, afterApply } = await setUpRoles(config, sessions, surroundings.prefix);
  const options = { url, directory: config.migrations, table: config.migrationsTable, afterApply, signal };
  return { run: (work) => creatingRoles(databaseUrl, () => work(options), onRole) };
}

/** As on the target, what is created belongs to the owner, and the declared rights follow the last file. */
async function setUpRoles(
  { access, migrationsTable }: LoadedConfig,
  url: string,
  prefix: string | undefined,
): Promise<{ url: string; afterApply?: AfterApply }> {
  if (!access || prefix === undefined) return { url };
  const { actAsOwner, createRoles, reconcileGrants } = await import('../access/index.ts');
  const declared = { access, historySchema: migrationsTable.schema, prefix };
  const sql = await connect(url);
  try {
    await createRoles(sql, { ...declared, exclusive: false });
    return { url: await actAsOwner(sql, url, declared), afterApply: reconcileGrants(declared) };
  } finally {
    await sql.end({ timeout: 1 });
  }
}

function withOptions(url: string, settings: string): string {
  const target = parseDatabaseUrl(url);
  const options = [target.params.options, settings].filter(Boolean).join(' ');
  return formatDatabaseUrl({ ...target, params: { ...target.params, options } }, { withPassword: true });
}

/** The surroundings that a database has for the role that reads it; the version as in 180004. */
export async function readSurroundings(
  sql: Sql,
  { access, migrationsTable }: LoadedConfig,
): Promise<Surroundings & { serverVersion: number }> {
  const [row] = await sql<[{ version: number; user: string; path: string; settings: Record<string, string> }]>`
    select current_setting('server_version_num')::int as version, quote_ident(current_user) as user, current_setting('search_path') as path, json_build_object(
      'timezone', current_setting('timezone'), 'datestyle', current_setting('datestyle'),
      'intervalstyle', current_setting('intervalstyle')) as settings`;
  // On the scratch server, "$user" would be somebody else.
  const settings = { ...row.settings, search_path: row.path.replaceAll('"$user"', row.user) };
  return {
    serverVersion: row.version,
    settings: Object.entries(settings)
      .map(([name, value]) => `-c ${name}=${value.replace(/[\\\s]/g, '\\$&')}`)
      .join(' '),
    ...(access ? await findRoles(sql, access, migrationsTable.schema) : {}),
  };
}

async function findRoles(
  sql: Sql,
  access: NonNullable<LoadedConfig['access']>,
  historySchema: string,
): Promise<{ prefix?: string }> {
  const { planAccess } = await import('../access/index.ts');
  const { names, state } = await planAccess(sql, { access, historySchema });
  return state.roles.some(({ name }) => name === names.owner) ? { prefix: names.prefix } : {};
}
