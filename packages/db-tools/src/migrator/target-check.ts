import { DbError, EXIT } from '../errors.ts';
import type { Reader, Session } from './session.ts';
import { type StoreNames, type StoreState, storeStateQuery } from './store.ts';

export interface Target {
  /** The server's process; behind a pooler it is not the session's `protocolPid`. */
  pid: number;
  /** e.g. 180004. */
  version: number;
  recovery: boolean;
  readOnly: boolean;
  store: StoreState;
}

/** Everything that decides whether and how to go on, in one round trip. */
export async function inspectTarget(session: Reader, names: StoreNames): Promise<Target> {
  const [facts, store] = await session.runAll(`
    select pg_catalog.pg_backend_pid() as pid, pg_catalog.pg_is_in_recovery() as recovery,
      pg_catalog.current_setting('transaction_read_only') = 'on' as "readOnly",
      pg_catalog.current_setting('server_version_num')::int as version;
    ${storeStateQuery(names)}`);
  return { ...(facts?.[0] as unknown as Omit<Target, 'store'>), store: store?.[0] as unknown as StoreState };
}

/** A pooler hands every transaction to another server process: a session lock would exclude nobody, and stay behind. */
export function isPooled(session: Session, target: Target): boolean {
  return session.protocolPid !== target.pid;
}

/** Throws exit 5 where a migration could not work, or could not work safely. */
export function refuseWrongTarget(session: Session, target: Target, allowPooler: boolean): void {
  if (target.recovery) {
    throw refusal(
      'replica',
      'This server is a replica; it takes no changes.',
      'Point DATABASE_URL_DIRECT at the primary.',
    );
  }
  if (target.readOnly) {
    throw refusal(
      'read_only',
      'Sessions on this database are read-only (default_transaction_read_only).',
      'Point DATABASE_URL_DIRECT at the writable server, or lift the setting for this role.',
    );
  }
  if (isPooled(session, target) && !allowPooler) {
    throw refusal(
      'pooler',
      'There is a connection pooler between this process and the server, so that no lock would hold from one statement to the next.',
      'Set DATABASE_URL_DIRECT to the server itself; without one: --allow-pooler',
    );
  }
}

function refusal(code: string, message: string, hint: string): DbError {
  return new DbError(code, message, { exit: EXIT.wrongTarget, hint });
}
