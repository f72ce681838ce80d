import { formatDatabaseUrl, parseDatabaseUrl, tlsOptions } from '@org/db-tools/url';
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres, { type Sql } from 'postgres';
import { keepRawValues } from './raw-values.ts';
import * as schema from './schema/index.ts';

export interface DatabaseOptions {
  /** Connections at most; 10 unless given. */
  max?: number;
  /** Milliseconds after which the server cancels a statement; no limit unless given. Most poolers refuse to pass it on. */
  statementTimeout?: number;
  /** Whether statements may be prepared; `false` behind a pooler that cannot. */
  prepare?: boolean;
  /** What the server shows as the name of these connections. */
  applicationName?: string;
}

/** What getDatabase gives: a Database and, as `$client`, the postgres.js client under it. */
export type ConnectedDatabase = PostgresJsDatabase<typeof schema> & { $client: Sql };

interface Entry {
  db: ConnectedDatabase;
  options: DatabaseOptions;
}

const databases = new Map<string, Entry>();

/**
 * The database at `url`: one pool per URL and process, opened by its first query. Another URL is another pool.
 * Throws when the URL is wrong, and when the same URL was opened with other options; without options it takes what is there.
 */
export function getDatabase(url: string, options?: DatabaseOptions): ConnectedDatabase {
  const target = parseDatabaseUrl(url);
  const key = formatDatabaseUrl(target, { withPassword: true });
  const entry = databases.get(key);
  if (entry) {
    if (options && describe(options) !== describe(entry.options)) {
      throw new Error(
        `The database ${formatDatabaseUrl(target)} is open with ${describe(entry.options)}, and was asked for with ${describe(options)}. ` +
          'Give the same options everywhere, or none where it is known to be open.',
      );
    }
    return entry.db;
  }
  const db = openDatabase(url, options);
  databases.set(key, { db, options: { ...options } });
  forgetWhenEnded(db.$client, key);
  return db;
}

/** Ends every pool; what still runs has `timeout` seconds to finish. Always returns, and never throws. */
export async function closeDatabases({ timeout = 5 }: { timeout?: number } = {}): Promise<void> {
  const open = [...databases.values()];
  databases.clear();
  await Promise.allSettled(open.map(({ db }) => db.$client.end({ timeout })));
}

/** A pool of its own, which nobody else is given; the caller ends `$client`, which gives what still runs 5 seconds. */
export function openDatabase(url: string, options: DatabaseOptions = {}): ConnectedDatabase {
  const target = parseDatabaseUrl(url);
  const { application_name, options: startup, connect_timeout } = target.params;
  const applicationName = options.applicationName ?? application_name;
  const client = postgres({
    // Arrays: postgres.js splits a plain string at colons, so that no IPv6 address survives.
    host: [target.host] as unknown as string,
    port: [target.port] as unknown as number,
    user: target.user,
    password: target.password,
    database: target.database,
    ssl: tlsOptions(target) as false,
    max: options.max ?? 10,
    prepare: options.prepare ?? true,
    connect_timeout: connect_timeout ? Number(connect_timeout) : 30,
    onnotice: () => {},
    connection: {
      ...(applicationName ? { application_name: applicationName } : {}),
      ...(options.statementTimeout ? { statement_timeout: options.statementTimeout } : {}),
      ...(startup ? { options: startup } : {}),
    } as Record<string, string>,
  });
  const db = drizzle(client, { schema });
  keepRawValues(client);
  boundEnd(client);
  return db;
}

/** postgres.js 3.4.9 waits without limit for what still runs, and even past a limit for a server that no longer answers. */
function boundEnd(client: Sql): void {
  const end = client.end;
  client.end = async ({ timeout = 5 } = {}) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, (timeout + 1) * 1000);
    await Promise.race([end({ timeout }), promise]).finally(() => clearTimeout(timer));
  };
}

/** Whoever ends the client, as a Nest module does on shutdown: the next getDatabase opens a new one. */
function forgetWhenEnded(client: Sql, key: string): void {
  const end = client.end;
  client.end = (options) => {
    if (databases.get(key)?.db.$client === client) databases.delete(key);
    return end(options);
  };
}

function describe(options: DatabaseOptions): string {
  const { max, statementTimeout, prepare, applicationName } = options;
  return JSON.stringify({ max, statementTimeout, prepare, applicationName });
}
