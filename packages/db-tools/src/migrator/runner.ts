import { type LockKey, lockKey, takeLock } from './lock.ts';
import { createObserver, type Observer } from './observe.ts';
import { openSession, type Session } from './session.ts';
import { type StoreNames, storeNames } from './store.ts';
import { inspectTarget, isPooled, refuseWrongTarget, type Target } from './target-check.ts';
import { abortedError } from './told.ts';
import type { MigrateOptions } from './types.ts';

/** Hooks for tests: called with a name before and after each effect. */
export interface Internals {
  onFaultPoint?: (name: string) => void | Promise<void>;
  /** Milliseconds before the first retry; doubled for each further one. */
  firstPause?: number;
}

/** One run: its one connection, with the lock on it, and what it was asked to do. */
export interface Runner {
  options: MigrateOptions;
  names: StoreNames;
  key: LockKey;
  session: Session;
  target: Target;
  /**
   * The server process that works for us, which the observer looks at. Behind a pooler it is known only inside of a
   * transaction: whoever begins one there says so.
   */
  backendPid: number | undefined;
  /** Behind a pooler there is no session to hold a lock; each transaction takes it. */
  pooled: boolean;
  locked: boolean;
  observer: Observer;
  internals: Internals;
}

/** Connects and makes sure that this is a server on which a migration can work. */
export async function openRunner(options: MigrateOptions, internals: Internals): Promise<Runner> {
  const names = storeNames(options.table);
  const { session, target } = await connect(options, names);
  const pooled = isPooled(session, target);
  return {
    options,
    names,
    key: lockKey(names.table),
    session,
    target,
    backendPid: pooled ? undefined : target.pid,
    pooled,
    locked: false,
    observer: createObserver(options.url, options.onEvent),
    internals,
  };
}

async function connect(options: MigrateOptions, names: StoreNames): Promise<{ session: Session; target: Target }> {
  const session = await openSession({
    url: options.url,
    connectTimeout: options.connectTimeout,
    applicationName: options.applicationName ?? 'db migrate',
    signal: options.signal,
    onNotice: ({ severity, message }) =>
      options.onEvent?.({ type: 'notice', severity: String(severity), message: String(message) }),
  });
  try {
    const target = await inspectTarget(session.quick(), names);
    refuseWrongTarget(session, target, options.allowPooler ?? false);
    return { session, target };
  } catch (error) {
    await session.close();
    throw error;
  }
}

/** Takes the session lock for the rest of the run. Throws exit 4. */
export async function lockRun(runner: Runner): Promise<void> {
  if (runner.pooled) return;
  const { options, session, key } = runner;
  await session.quick().run(baseSettings(runner));
  await takeLock(session, key, {
    wait: options.lockWait ?? 60,
    signal: options.signal,
    onWaiting: (waitedMs, holder) => options.onEvent?.({ type: 'waiting-for-lock', waitedMs, holder }),
  });
  runner.locked = true;
}

/** After a lost connection: a new one, and the lock again, which the old backend keeps until it is really through. */
export async function reopen(runner: Runner): Promise<void> {
  await runner.session.close();
  const { session, target } = await connect(runner.options, runner.names);
  runner.session = session;
  runner.target = target;
  runner.backendPid = runner.pooled ? undefined : target.pid;
  await lockRun(runner);
}

export async function closeRunner(runner: Runner): Promise<void> {
  await runner.observer.close();
  await runner.session.close();
}

/**
 * What every session of ours has: strings as our splitter reads them, no end for being idle while we hold the lock, and
 * keepalives, so that the lock of a runner whose machine vanished is free within a minute.
 */
export function baseSettings({ options }: Runner): string {
  return [
    'set standard_conforming_strings = on',
    'set idle_session_timeout = 0',
    'set tcp_keepalives_idle = 30',
    'set tcp_keepalives_interval = 10',
    'set tcp_keepalives_count = 3',
    `set lock_timeout = ${lockTimeoutMs(options)}`,
  ].join('; ');
}

export function lockTimeoutMs(options: MigrateOptions): number {
  return Math.round((options.lockTimeout ?? 2) * 1000);
}

export async function faultPoint(runner: Runner, name: string): Promise<void> {
  await runner.internals.onFaultPoint?.(name);
}

/** Ends a run between two statements. */
export function refuseAborted({ options: { signal } }: Runner): void {
  if (signal?.aborted) throw abortedError(signal);
}
