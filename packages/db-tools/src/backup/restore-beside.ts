import { setTimeout as sleep } from 'node:timers/promises';
import type { Sql } from 'postgres';
import { codesOf, connect, connectionError } from '../connection/connect.ts';
import { withMaintenance } from '../connection/maintenance.ts';
import { LOCAL_MARK } from '../connection/mark.ts';
import type { Target } from '../connection/target.ts';
import { isLoopback, withDatabase } from '../connection/url.ts';
import { DbError, EXIT } from '../errors.ts';
import { quoteIdentifier } from '../migrator/quote.ts';
import { applyProperties, readProperties } from './database-properties.ts';

export interface BesideOptions {
  /** Whom what is restored shall belong to; the user unless given. */
  owner?: string;
  /** Fills the empty new database and throws unless it is what it should be. */
  fill: (url: string) => Promise<void>;
  onStep: (text: string) => void;
  signal?: AbortSignal;
}

/**
 * Makes a new database, lets it be filled, and puts it in the place of the target in one transaction: until then the
 * target goes on as it is, and afterwards it is there under the name that is returned (undefined when there was none).
 * Database settings, grants, owner and comment are those of the target. Throws a DbError `restore_running` (exit 4)
 * beside another.
 */
export async function restoreBeside(target: Target, options: BesideOptions): Promise<string | undefined> {
  const name = target.connection.database;
  const draft = cut(`_restore_${name}`, 63);
  return await withMaintenance(target, async (sql) => {
    await lock(sql, target);
    await removeLeftover(sql, draft);
    try {
      await create(sql, name, draft, options.owner);
      await options.fill(withDatabase(target.url, draft));
      options.signal?.throwIfAborted();
      options.onStep('switching over');
      return await swap(sql, target, { name, draft });
    } catch (error) {
      // The first error is the one to tell; what cannot be dropped now goes with the next restore.
      await sql.unsafe(`drop database if exists ${quoteIdentifier(draft)} with (force)`).catch(() => {});
      throw error;
    }
  });
}

/** Held by this session, so that it goes with this process. */
async function lock(sql: Sql, target: Target): Promise<void> {
  const key = `db-tools:restore:${target.connection.database}`;
  const [{ free }] = await sql<[{ free: boolean }]>`select pg_try_advisory_lock(hashtext(${key})) as free`;
  if (free) return;
  throw new DbError('restore_running', `Another restore of ${target.name} is running.`, {
    exit: EXIT.locked,
    hint: 'Wait until it is done',
  });
}

const MARK = 'db-tools:restoring';

/** What a killed restore left. A database with that name and without our mark is somebody's. */
async function removeLeftover(sql: Sql, draft: string): Promise<void> {
  const properties = await readProperties(sql, draft);
  if (!properties) return;
  if (properties.comment !== MARK) {
    throw new DbError('name_taken', `There is a database ${draft} that no restore has made; the name is needed.`, {
      hint: `Look what is in it, then: DROP DATABASE ${quoteIdentifier(draft)}`,
    });
  }
  await sql.unsafe(`drop database ${quoteIdentifier(draft)} with (force)`);
}

async function create(sql: Sql, name: string, draft: string, owner: string | undefined): Promise<void> {
  const like = await readProperties(sql, name);
  // Whoever owns the database may create in its schema public.
  const belongs = owner === undefined ? '' : `owner ${quoteIdentifier(owner)}`;
  await sql.unsafe(`create database ${quoteIdentifier(draft)} template template0 ${like?.creation ?? ''} ${belongs}`);
  await sql.unsafe(`comment on database ${quoteIdentifier(draft)} is '${MARK}'`);
}

interface Names {
  name: string;
  draft: string;
}

/**
 * Renaming waits for the sessions on a database to end, and lets no new ones in while it does; they are ended
 * meanwhile.
 */
async function swap(sql: Sql, target: Target, names: Names): Promise<string | undefined> {
  const other = await connect(withDatabase(target.url, await currentDatabase(sql)), { applicationName: 'db restore' });
  try {
    for (let attempt = 1; ; attempt++) {
      const done = new AbortController();
      const ending = endSessions(other, names, done.signal);
      try {
        return await rename(sql, target, names);
      } catch (error) {
        // 55006: somebody was still connected after 5 seconds.
        if (attempt === 6 || !codesOf(error).includes('55006')) throw swapFailed(error, target);
      } finally {
        done.abort();
        await ending;
      }
    }
  } finally {
    await other.end({ timeout: 1 });
  }
}

async function rename(sql: Sql, target: Target, { name, draft }: Names): Promise<string | undefined> {
  return (await sql.begin(async (tx) => {
    const before = await readProperties(tx, name);
    if (!before) {
      const mark = isLoopback(target.connection.host) ? `'${LOCAL_MARK}'` : 'null';
      await tx.unsafe(`comment on database ${quoteIdentifier(draft)} is ${mark}`);
      await tx.unsafe(`alter database ${quoteIdentifier(draft)} rename to ${quoteIdentifier(name)}`);
      return undefined;
    }
    await applyProperties(tx, draft, before);
    const time = new Date().toISOString().replaceAll(/\D/g, '').slice(0, 14);
    const suffix = `_before_restore_${time}`;
    const kept = cut(name, 63 - suffix.length) + suffix;
    await tx.unsafe(`alter database ${quoteIdentifier(name)} rename to ${quoteIdentifier(kept)}`);
    await tx.unsafe(`alter database ${quoteIdentifier(draft)} rename to ${quoteIdentifier(name)}`);
    return kept;
  })) as string | undefined;
}

async function endSessions(sql: Sql, { name, draft }: Names, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    // Sessions of roles that this one may not end are told by the rename, which fails.
    await sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname in (${name}, ${draft}) and backend_type = 'client backend'
        and (pg_has_role(usesysid, 'member') or pg_has_role('pg_signal_backend', 'member'))`.catch(() => {});
    await sleep(100, undefined, { signal }).catch(() => {});
  }
}

async function currentDatabase(sql: Sql): Promise<string> {
  const [{ name }] = await sql<[{ name: string }]>`select current_database() as name`;
  return name;
}

function swapFailed(error: unknown, target: Target): DbError {
  const { message, code } = connectionError(error, target.connection);
  if (!codesOf(error).includes('55006'))
    return new DbError(code, `${message} ${target.name} is as it was.`, { cause: error });
  return new DbError('database_in_use', `Sessions on ${target.name} could not be ended; it is as it was.`, {
    exit: EXIT.locked,
    hint: 'Stop what is connected to it, or restore as a role that may end its sessions (pg_signal_backend)',
    cause: error,
  });
}

/** Names are cut at 63 bytes. */
function cut(text: string, bytes: number): string {
  let short = text;
  while (Buffer.byteLength(short) > bytes) short = short.slice(0, -1);
  return short;
}
