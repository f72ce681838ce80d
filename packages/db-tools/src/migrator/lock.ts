import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DbError, EXIT } from '../errors.ts';
import { toBlocker } from './blockers.ts';
import type { Reader, Session } from './session.ts';
import type { Blocker, MigrationsTable } from './types.ts';

/** Advisory locks are per database already; the table is in the key so that two packages do not wait for each other. */
export interface LockKey {
  classId: number;
  objectId: number;
}

const CLASS_ID = 0x6d696772; // "migr"

export function lockKey({ schema, table }: MigrationsTable): LockKey {
  const digest = createHash('sha256').update(`${schema}.${table}`).digest();
  return { classId: CLASS_ID, objectId: digest.readInt32BE(0) };
}

export interface LockWait {
  /** Seconds. */
  wait: number;
  signal?: AbortSignal;
  onWaiting?: (waitedMs: number, holder: Blocker | undefined) => void;
}

/**
 * Takes the session lock, asking again and again. It never waits inside `pg_advisory_lock`: a waiting statement holds a
 * snapshot, the holder's CREATE INDEX CONCURRENTLY waits for that snapshot, and the two deadlock.
 * Throws exit 4, naming the holder, when the lock is not free in time.
 */
export async function takeLock(session: Session, key: LockKey, options: LockWait): Promise<void> {
  await poll(
    async () => {
      const [row] = await session
        .quick()
        .run(`select pg_catalog.pg_try_advisory_lock(${key.classId}, ${key.objectId}) as taken`);
      return row?.taken === true ? true : undefined;
    },
    session,
    key,
    options,
  );
}

/** The same key for one transaction: behind a pooler only a transaction stays on one server process. */
export async function takeTransactionLock(session: Session, key: LockKey, options: LockWait): Promise<void> {
  await poll(
    async () => {
      const [row] = await session
        .quick()
        .run(`select pg_catalog.pg_try_advisory_xact_lock(${key.classId}, ${key.objectId}) as taken`);
      return row?.taken === true ? true : undefined;
    },
    session,
    key,
    options,
  );
}

/** Calls `attempt` until it returns something: 25 ms pauses at first, a second at last, with jitter. */
async function poll<Result>(
  attempt: () => Promise<Result | undefined>,
  session: Session,
  key: LockKey,
  { wait, signal, onWaiting }: LockWait,
): Promise<Result> {
  const begun = performance.now();
  let announced = false;
  for (let pause = 25; ; pause = Math.min(pause * 1.5, 1000)) {
    signal?.throwIfAborted();
    const result = await attempt();
    if (result !== undefined) return result;
    const waited = performance.now() - begun;
    if (waited >= wait * 1000) throw lockedError(wait, await findLockHolder(session.quick(), key));
    if (onWaiting && !announced && waited >= 250) {
      announced = true;
      onWaiting(Math.round(waited), await findLockHolder(session.quick(), key));
    }
    await sleep(Math.min(pause * (0.5 + Math.random()), wait * 1000 - waited + 1), undefined, { signal });
  }
}

/** The condition, in SQL, that this session still has the lock. */
export function hasLock({ classId, objectId }: LockKey): string {
  return `exists (select from pg_catalog.pg_locks where locktype = 'advisory' and pid = pg_catalog.pg_backend_pid()
    and objsubid = 2 and classid::bigint = ${classId} and objid::bigint = ${objectId >>> 0})`;
}

/** Something that a file called has given the lock back; another runner may be at work. */
export function lockLost(tag: string): DbError {
  return new DbError(
    'lock_lost',
    `The migration lock is gone: something that ran in this session gave it back (pg_advisory_unlock_all), at the latest before ${tag}.`,
    {
      exit: EXIT.locked,
      hint: 'See what is applied: pnpm db status. Then take the call out of what is pending, and: pnpm db migrate',
      details: { tag },
    },
  );
}

/** Who holds the migration lock, or undefined when it is free. */
export async function findLockHolder(session: Reader, key: LockKey): Promise<Blocker | undefined> {
  // As who logged in: the owner whose role the session has taken on may not see what another one of ours does.
  const [, [row] = []] = await session.runAll(`set role none;
    select a.pid, a.application_name as application, a.usename as user, a.state, a.query,
      extract(epoch from pg_catalog.clock_timestamp() - a.backend_start)::float8 as age
    from pg_catalog.pg_locks l join pg_catalog.pg_stat_activity a on a.pid = l.pid
    where l.locktype = 'advisory' and l.granted and l.objsubid = 2
      and l.database = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database())
      and l.classid::bigint = ${key.classId} and l.objid::bigint = ${key.objectId >>> 0};
    reset role`);
  return row && toBlocker(row);
}

function lockedError(wait: number, holder: Blocker | undefined): DbError {
  const who = holder
    ? `Process ${holder.pid} (${holder.application || 'no application name'}, user ${holder.user}) holds it${holder.age === undefined ? '' : `, connected since ${Math.round(holder.age)} s`}${holder.query ? `, now at: ${holder.query.replace(/\s+/g, ' ').slice(0, 120)}` : ''}`
    : 'Its holder could not be seen; it may have ended this moment';
  return new DbError(
    'migration_locked',
    `Another runner holds the migration lock, and it was not free within ${wait} s. ${who}.`,
    {
      exit: EXIT.locked,
      hint: 'Wait for it (--lock-wait 600), or look at it: pnpm db unlock',
      details: { holder },
    },
  );
}
