import { toBlocker } from './blockers.ts';
import { openSession, type Session } from './session.ts';
import type { Blocker, MigrateEvent } from './types.ts';

interface Watched {
  /** The backend that runs the statement; undefined is not watched. */
  pid: number | undefined;
  tag: string;
  statement: number;
  sql: string;
  /** Milliseconds; 0 is none. Blockers are looked for before it strikes. */
  lockTimeout: number;
}

/** Looks from a second connection at what a statement waits for, and how far an index build is. */
export interface Observer {
  /** Watches until the returned function is called, which gives the blockers that were seen last. */
  watch(watched: Watched): () => Blocker[];
  close(): Promise<void>;
}

const LOOK_EVERY = 1000;
/** After a failure, as for want of a free connection slot. */
const LOOK_AGAIN_AFTER = 5000;

/**
 * The connection is opened only when a statement takes long. What cannot be seen is left out; observing never fails a
 * run.
 */
export function createObserver(url: string, onEvent?: (event: MigrateEvent) => void): Observer {
  const closing = new AbortController();
  let session: Promise<Session> | undefined;
  const connect = () => {
    session ??= open(url, closing.signal);
    return session;
  };
  const close = async () => {
    const closed = session;
    session = undefined;
    await closed?.then((open) => open.close()).catch(() => {});
  };
  return {
    watch({ pid, tag, statement, sql, lockTimeout }) {
      if (pid === undefined) return () => [];
      const begun = performance.now();
      let blockers: Blocker[] = [];
      let stopped = false;
      const look = async () => {
        let pause = LOOK_EVERY;
        try {
          const seen = await lookAt(await connect(), pid);
          if (stopped) return;
          blockers = seen.blockers.length > 0 ? seen.blockers : blockers;
          const elapsedMs = Math.round(performance.now() - begun);
          if (elapsedMs >= 950) {
            onEvent?.({
              type: 'statement-running',
              tag,
              statement,
              sql,
              elapsedMs,
              waitingFor: seen.blockers,
              ...(seen.progress ? { progress: seen.progress } : {}),
            });
          }
        } catch {
          await close();
          pause = LOOK_AGAIN_AFTER;
        }
        if (!stopped) timer = setTimeout(look, pause);
      };
      // Early enough to connect, which takes its time on a busy machine, before the wait is over.
      const first = lockTimeout > 0 ? Math.min(LOOK_EVERY, lockTimeout / 4) : LOOK_EVERY;
      let timer = setTimeout(look, first);
      return () => {
        stopped = true;
        clearTimeout(timer);
        return blockers;
      };
    },
    async close() {
      closing.abort();
      await close();
    },
  };
}

/** As who logged in: a role that the URL takes on may not see what that one runs. */
async function open(url: string, signal: AbortSignal): Promise<Session> {
  const session = await openSession({ url, connectTimeout: 2, applicationName: 'db migrate (observer)', signal });
  await session.quick().run('set role none');
  return session;
}

async function lookAt(session: Session, pid: number) {
  const [blockers = [], progress = []] = await session.quick().runAll(`
    select a.pid, a.application_name as application, a.usename as user, a.state, a.query,
      extract(epoch from pg_catalog.clock_timestamp() - coalesce(a.xact_start, a.backend_start))::float8 as age
    from pg_catalog.unnest(pg_catalog.pg_blocking_pids(${pid})) b (pid) join pg_catalog.pg_stat_activity a on a.pid = b.pid;
    select phase,
      case when blocks_total > 0 then 100.0 * blocks_done / blocks_total when tuples_total > 0 then 100.0 * tuples_done / tuples_total
      end::float8 as percent
    from pg_catalog.pg_stat_progress_create_index where pid = ${pid}`);
  const [build] = progress;
  return {
    blockers: blockers.map(toBlocker),
    progress: build && {
      phase: String(build.phase),
      ...(build.percent === null ? {} : { percent: Math.floor(Number(build.percent)) }),
    },
  };
}
