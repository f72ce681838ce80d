import { DbError, EXIT } from '../errors.ts';
import { describeBlocker, toBlocker } from './blockers.ts';
import { quoteLiteral } from './quote.ts';
import type { Reader, Session } from './session.ts';
import type { StoreNames } from './store.ts';

const LONGEST_WAIT_MS = 5000;

/**
 * Reads of the catalogs and of our own tables, which the server answers at once unless someone has locked a table of
 * ours whole: then they throw exit 4 (`history_locked`) after `lockTimeout` milliseconds, and name who. Nothing of it
 * stays with the session, which behind a pooler is someone else's the next moment.
 */
export function historyReads(session: Session, names: StoreNames, lockTimeout?: number): Reader {
  const wait = lockTimeout || Math.min(LONGEST_WAIT_MS, session.patience);
  const reader = session.quick(wait);
  const runAll = async (sql: string) => {
    try {
      // Several statements of one message are one transaction, and the first is the SET.
      return (await reader.runAll(`set local lock_timeout = ${wait}; ${sql}`)).slice(1);
    } catch (error) {
      if ((error as { code?: string }).code !== '55P03') throw error;
      throw await lockedError(session.quick(), names, wait);
    }
  };
  return { runAll, run: async (sql) => (await runAll(sql)).at(-1) ?? [] };
}

async function lockedError(
  reader: Reader,
  { table, history, files, steps }: StoreNames,
  wait: number,
): Promise<DbError> {
  const tables = [history, files, steps].map((name) => `pg_catalog.to_regclass(${quoteLiteral(name)})`);
  const rows = await reader.run(`
    select a.pid, a.application_name as application, a.usename as user, a.state, a.query,
      extract(epoch from pg_catalog.clock_timestamp() - coalesce(a.xact_start, a.backend_start))::float8 as age
    from pg_catalog.pg_locks l join pg_catalog.pg_stat_activity a on a.pid = l.pid
    where l.granted and l.mode = 'AccessExclusiveLock' and l.relation in (${tables.join(', ')}) and l.pid <> pg_catalog.pg_backend_pid()`);
  const holders = rows.map(toBlocker);
  const who = holders.length > 0 ? `, held by ${holders.map(describeBlocker).join(' and ')}` : '';
  return new DbError(
    'history_locked',
    `The history of the migrations (${table.schema}.${table.table}) cannot be read: its lock was not free within ${wait / 1000} s${who}.`,
    {
      exit: EXIT.locked,
      hint: `Wait for ${holders[0] ? `process ${holders[0].pid}` : 'whoever holds it'} to end, or end it: psql -c 'select pg_terminate_backend(${holders[0]?.pid ?? '…'})'`,
      details: { blockers: holders },
    },
  );
}
