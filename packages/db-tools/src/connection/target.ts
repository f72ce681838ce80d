import type { Sql } from 'postgres';
import type { VerbContext } from '../command-line/verb.ts';
import { inCi } from '../environment/in-ci.ts';
import { databaseUrlSource, type Environment } from '../environment/load.ts';
import { DbError, EXIT } from '../errors.ts';
import { connect } from './connect.ts';
import { type ConnectionTarget, parseDatabaseUrl, targetName, withDatabase } from './url.ts';

/** The database that a verb works on. */
export interface Target {
  url: string;
  connection: ConnectionTarget;
  /** `host/database`, what `--target` spells out. */
  name: string;
  /** The flag or variable that named it, or `local` for the local server of this clone. */
  source: string;
  /** Seconds to wait for its server. */
  connectTimeout: number;
}

/**
 * The database of `--url`, else of the environment (the direct one first), else the one of the local server, which is
 * started. Throws a DbError `target_missing` (exit 2) where nothing is started unasked: with CI set and in production.
 */
export async function findTarget(context: VerbContext): Promise<Target> {
  return (await findNamedTarget(context)) ?? (await startLocalTarget(context));
}

/** The database that `--url` or the environment names; undefined when neither does. Connects to nothing. */
export async function findNamedTarget(context: VerbContext): Promise<Target | undefined> {
  const named = context.options.url
    ? { url: context.options.url, name: '--url' }
    : databaseUrlSource(await context.environment(), { direct: true });
  return named && toTarget(named.url, named.name);
}

/** Starts the local server, wherever this runs, and returns the database on it. */
export async function startLocalTarget(context: VerbContext, options: { evenInCi?: boolean } = {}): Promise<Target> {
  if (!options.evenInCi) refuseUnnamed(await context.environment());
  const config = await context.config();
  const { startLocalPostgres } = await import('../local-postgres/index.ts');
  const server = await startLocalPostgres(config.localPostgres);
  if (server.started) context.output.say(`Started the local PostgreSQL on port ${server.port}.`);
  return toTarget(withDatabase(server.url, config.database), 'local');
}

function refuseUnnamed(env: Environment): void {
  const reason = env.NODE_ENV === 'production' ? 'NODE_ENV is production' : inCi(env) ? 'CI is set' : undefined;
  if (!reason) return;
  throw new DbError('target_missing', `No database is named, and none is started while ${reason}.`, {
    exit: EXIT.decision,
    hint: 'Set DATABASE_URL, or name it: --url postgres://user@host:5432/database',
  });
}

/** Of a URL that `source` gave. Throws a DbError `invalid_url`. */
export function toTarget(url: string, source: string): Target {
  const connection = parseDatabaseUrl(url, source);
  const given = connection.params.connect_timeout;
  return { url, connection, source, name: targetName(connection), connectTimeout: given ? Number(given) : 5 };
}

/** A connection to the target, for the length of `use`. */
export async function withConnection<T>(target: Target, use: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = await connect(target.url, { connectTimeout: target.connectTimeout });
  try {
    return await use(sql);
  } finally {
    await sql.end({ timeout: 1 });
  }
}
