import type { Sql } from 'postgres';
import { connect } from '../connection/connect.ts';
import { withDatabase } from '../connection/url.ts';
import { newClone, scopeOf, type TestDatabase, templateOf } from './names.ts';

export interface CloneOptions {
  serverUrl: string;
  /** What the content depends on, such as a hash of the migrations: one template for each. */
  key: string;
  /** Fills the empty template; called in one process only, while others that want the same key wait. */
  prepare: (url: string) => Promise<unknown>;
}

export interface ClonedDatabase {
  url: string;
  /** Deletes it, even while others are connected. */
  drop(): Promise<void>;
}

/**
 * A database of one's own, copied from the template of `key`; 10 to 30 ms on a throw-away server once the template is
 * there. It lives as long as this process at most: a connection stays open until drop() and its lock says that the
 * clone is in use, so that removeLeftovers() of another run finds what a crashed one left. Needs PostgreSQL 15 or
 * newer, without a pooler between. What belongs to the database itself and not to what is in it (GRANT … ON DATABASE,
 * ALTER DATABASE … SET) is not copied by PostgreSQL. Creating and dropping wait for every process of the server to
 * react, so that a test that freezes one (SIGSTOP) needs a server of its own: startThrowawayPostgres().
 */
export async function cloneDatabase({ serverUrl, key, prepare }: CloneOptions): Promise<ClonedDatabase> {
  const sql = await connect(serverUrl, { applicationName: 'db-tools clone' });
  try {
    const [{ database }] = await sql<[{ database: string }]>`select current_database() as database`;
    const scope = scopeOf(database);
    const template = templateOf(scope, key);
    const clone = newClone(scope);
    await sql`select pg_advisory_lock(${clone.lock[0]}, ${clone.lock[1]})`;
    while (!(await copy(sql, template, clone))) {
      await makeTemplate(sql, template, () => prepare(withDatabase(serverUrl, template.name)));
    }
    return { url: withDatabase(serverUrl, clone.name), drop: () => drop(sql, clone) };
  } catch (error) {
    await sql.end({ timeout: 5 });
    throw error;
  }
}

/**
 * False if there is no finished template. The shared lock keeps it from being removed; copies run beside each other.
 */
async function copy(sql: Sql, template: TestDatabase, clone: TestDatabase): Promise<boolean> {
  const [kind, id] = template.lock;
  await sql`select pg_advisory_lock_shared(${kind}, ${id})`;
  try {
    if (!(await isFinished(sql, template))) return false;
    // A copy of files: the other way, through the write-ahead log, takes longer for anything but an empty database.
    await sql.unsafe(`create database ${clone.name} template ${template.name} strategy file_copy`);
    return true;
  } finally {
    await sql`select pg_advisory_unlock_shared(${kind}, ${id})`;
  }
}

async function makeTemplate(sql: Sql, template: TestDatabase, prepare: () => Promise<unknown>): Promise<void> {
  const [kind, id] = template.lock;
  await sql`select pg_advisory_lock(${kind}, ${id})`;
  try {
    if (await isFinished(sql, template)) return;
    // Unfinished: the process that made it died.
    await sql.unsafe(`drop database if exists ${template.name} with (force)`);
    await sql.unsafe(`create database ${template.name} template template0`);
    await prepare();
    await finish(sql, template);
  } catch (error) {
    await sql.unsafe(`drop database if exists ${template.name} with (force)`);
    throw error;
  } finally {
    await sql`select pg_advisory_unlock(${kind}, ${id})`;
  }
}

/** Closing it to connections marks it as finished, and keeps away what would stop PostgreSQL from copying it. */
async function finish(sql: Sql, { name }: TestDatabase): Promise<void> {
  await sql.unsafe(`alter database ${name} allow_connections false`);
  await sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${name} and backend_type = 'client backend'`;
}

async function isFinished(sql: Sql, { name }: TestDatabase): Promise<boolean> {
  const rows = await sql`select from pg_database where datname = ${name} and not datallowconn`;
  return rows.length > 0;
}

async function drop(sql: Sql, clone: TestDatabase): Promise<void> {
  try {
    await sql.unsafe(`drop database if exists ${clone.name} with (force)`);
  } finally {
    await sql.end({ timeout: 5 });
  }
}
