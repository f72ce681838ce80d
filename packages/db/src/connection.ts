import { formatDatabaseUrl, parseDatabaseUrl, targetName } from '@org/db-tools/url';
import { Client } from './client/client.ts';
import { createDatabase } from './client/drizzle.ts';
import { type Limits, startupLimits } from './client/limits.ts';
import { Pool } from './client/pool.ts';
import { createRawClient, type RawClient } from './client/raw-client.ts';
import * as schema from './schema/index.ts';
import type { Database } from './transaction.ts';

export interface DatabaseOptions extends Limits {
  /** Connections at most; 10 unless given. */
  max?: number;
  /** Milliseconds to wait for a connection; 5,000 unless given. */
  acquireTimeout?: number;
  /** Callers that may wait for a connection at one time; 1,000 unless given. */
  queueLimit?: number;
  /**
   * Milliseconds to wait for the answer to one statement, whatever has become of the network; 0 is for ever. Then it is
   * cancelled, and a server that does not answer that within half a second counts as gone. Unless given: one second
   * more than `statementTimeout`, none with one of 0; without one 30,000, or one second more than what the role has.
   */
  deadline?: number;
  /** Whether statements may be prepared; `false` behind a pooler that cannot. */
  prepare?: boolean;
  /** What the server shows as the name of these connections. */
  applicationName?: string;
  /** Whether to refuse queries on the outer handle in a transaction; on unless NODE_ENV is production. */
  catchOuterHandle?: boolean;
}

/** What getDatabase gives: a Database and, as `$client`, what is under it. */
export interface ConnectedDatabase extends Database {
  $client: RawClient;
}

interface Entry {
  db: ConnectedDatabase;
  options: DatabaseOptions;
}

const databases = new Map<string, Entry>();

/**
 * The database at `url`: one pool per URL and process, opened by its first query. Another URL is another pool.
 * Throws when the URL is wrong, and when the same URL was opened with other options; without options it takes what is
 * there.
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
  const { max = 10, prepare = true, statementTimeout, lockTimeout, idleInTransactionTimeout = 60_000 } = options;
  const limits = { statementTimeout, lockTimeout, idleInTransactionTimeout };
  const pool = new Pool({
    target,
    name: targetName(target),
    max,
    startup: {
      application_name: options.applicationName ?? application_name ?? 'node',
      ...startupLimits(limits),
      ...(startup ? { options: startup } : {}),
    },
    queueLimit: options.queueLimit ?? 1_000,
    acquireTimeout: options.acquireTimeout ?? 5_000,
    connectTimeout: connect_timeout ? Number(connect_timeout) * 1000 : 5_000,
    deadline: options.deadline ?? (statementTimeout && statementTimeout + 1_000),
    idleTimeout: 60_000,
    maxLifetime: 30 * 60_000,
  });
  const catchOuterHandle = options.catchOuterHandle ?? process.env.NODE_ENV !== 'production';
  const client = new Client({ pool, limits, prepare, catchOuterHandle });
  const db = createDatabase(client, schema);
  return Object.assign(db as unknown as Database, { $client: createRawClient(client) });
}

/** Whoever ends the client, as a Nest module does on shutdown: the next getDatabase opens a new one. */
function forgetWhenEnded(client: RawClient, key: string): void {
  const end = client.end;
  client.end = (options) => {
    if (databases.get(key)?.db.$client === client) databases.delete(key);
    return end(options);
  };
}

function describe(options: DatabaseOptions): string {
  return JSON.stringify(options, Object.keys(options).sort());
}
