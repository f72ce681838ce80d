import { DbError, EXIT } from '../errors.ts';
import { findLockHolder, lockKey } from './lock.ts';
import { openSession, type Session } from './session.ts';
import { storeNames } from './store.ts';
import { told } from './told.ts';
import type { Blocker, MigratorOptions } from './types.ts';

/** Who holds the migration lock, or undefined when it is free. */
export function lockHolder(options: MigratorOptions): Promise<Blocker | undefined> {
  return withSession(options, (session) => findLockHolder(session.quick(), lockKey(storeNames(options.table).table)));
}

/**
 * Ends the session that holds the migration lock. The process id must be told, so that nobody ends a runner that they
 * did not see. A statement that was running is rolled back, or settled by the next run.
 * Throws exit 4 when another process holds the lock, exit 1 when this role may not end it.
 */
export async function unlock(options: MigratorOptions, pid: number): Promise<Blocker> {
  return withSession(options, async (session) => {
    const holder = await findLockHolder(session.quick(), lockKey(storeNames(options.table).table));
    if (holder?.pid !== pid) {
      throw new DbError(
        'not_the_holder',
        holder
          ? `Process ${pid} does not hold the migration lock; process ${holder.pid} does.`
          : 'Nobody holds the migration lock.',
        {
          exit: EXIT.locked,
          hint: 'Look again: pnpm db unlock',
        },
      );
    }
    // As who logged in, as the holder did: the owner whose role the session has taken on may end nobody.
    await session.quick().run(`set role none; select pg_catalog.pg_terminate_backend(${pid})`);
    return holder;
  });
}

function withSession<Result>(options: MigratorOptions, use: (session: Session) => Promise<Result>): Promise<Result> {
  return told(options, async () => {
    const session = await openSession({ ...options, applicationName: options.applicationName ?? 'db unlock' });
    try {
      return await use(session);
    } finally {
      await session.close();
    }
  });
}
