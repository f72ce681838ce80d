import { setTimeout as sleep } from 'node:timers/promises';
import type { Sql } from 'postgres';
import { DbError } from '../errors.ts';
import { quoteIdentifier } from '../migrator/quote.ts';
import { codesOf, connect } from './connect.ts';
import { withMaintenance } from './maintenance.ts';
import { LOCAL_MARK, UNSEEDED } from './mark.ts';
import type { Target } from './target.ts';
import { isLoopback } from './url.ts';

/**
 * Creates the database unless it exists; returns whether it did. Several at once are fine. A new one is marked: as
 * local when made over loopback (unless `local` is false), and as unseeded. A role that may not create databases passes
 * when the database exists.
 */
export async function createDatabase(target: Target, options: { local?: boolean } = {}): Promise<boolean> {
  if (await exists(target)) return false;
  const name = target.connection.database;
  const local = options.local ?? isLoopback(target.connection.host);
  const comment = local ? `${LOCAL_MARK} ${UNSEEDED}` : `db-tools:${UNSEEDED}`;
  return await withMaintenance(target, async (sql) => {
    // A blocking wait is safe here: nothing in this database builds an index concurrently.
    await sql`set lock_timeout = '60s'`;
    await sql`select pg_advisory_lock(hashtext(${`db-tools:create:${name}`}))`;
    if (await isListed(sql, name)) return false;
    const draft = draftName(name);
    try {
      // Made under another name and renamed last, so that a kill leaves no database without its mark.
      await sql`drop database if exists ${sql(draft)}`;
      await createWithRetry(sql, draft);
      await sql.unsafe(`comment on database ${quoteIdentifier(draft)} is '${comment}'`);
      await sql`alter database ${sql(draft)} rename to ${sql(name)}`;
      return true;
    } catch (error) {
      // 42P04 and 23505: somebody who does not take our lock was faster.
      if (codesOf(error).some((code) => code === '42P04' || code === '23505') && (await isListed(sql, name))) {
        await sql`drop database if exists ${sql(draft)}`;
        return false;
      }
      throw mayNotCreate(error, target);
    }
  });
}

/** Drops the database with every session on it; returns whether there was one. */
export async function dropDatabase(target: Target): Promise<boolean> {
  const name = target.connection.database;
  return await withMaintenance(target, async (sql) => {
    if (!(await isListed(sql, name))) return false;
    await sql`drop database if exists ${sql(name)} with (force)`;
    return true;
  });
}

async function exists(target: Target): Promise<boolean> {
  try {
    const sql = await connect(target.url, { connectTimeout: target.connectTimeout });
    await sql.end({ timeout: 1 });
    return true;
  } catch (error) {
    if (error instanceof DbError && error.code === 'database_missing') return false;
    throw error;
  }
}

async function isListed(sql: Sql, name: string): Promise<boolean> {
  return (await sql`select 1 from pg_database where datname = ${name}`).length > 0;
}

/** Names are cut at 63 bytes, so the mark of a draft goes in front. */
function draftName(name: string): string {
  return `_new_${name}`.slice(0, 60);
}

/** 55006: template1 is in use by another session for a moment. */
async function createWithRetry(sql: Sql, name: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await sql`create database ${sql(name)}`;
      return;
    } catch (error) {
      if (attempt === 20 || !codesOf(error).includes('55006')) throw error;
      await sleep(100);
    }
  }
}

function mayNotCreate(error: unknown, target: Target): unknown {
  if (!codesOf(error).includes('42501')) return error;
  const { user, database, host } = target.connection;
  return new DbError('permission_denied', `User ${user} may not create the database ${database} on ${host}.`, {
    hint: `Let a superuser run: CREATE DATABASE ${quoteIdentifier(database)} OWNER ${quoteIdentifier(user)}`,
    cause: error,
  });
}
