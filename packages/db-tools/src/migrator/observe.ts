import { toBlocker } from './blockers.ts';
import { openSession, type Session } from './session.ts';
import type { Blocker, MigrateEvent } from './types.ts';

interface Watched {
  /** The backend that runs the statement. */
  pid: number;
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
  /** Asks the server to end what the backend is doing. */
  cancel(pid: number): Promise<void>;
  close(): Promise<void>;
}

/** The connection is opened only when a statement takes long. What cannot be seen is left out; observing never fails a run. */
export function createObserver(url: string, onEvent?: (event: MigrateEvent) => void): Observer {
  let session: Promise<Session> | undefined;
  const connect = () => {
    session ??= open(url);
    return session;
  };
  return {
    watch(watched) {
      const begun = performance.now();
      let blockers: Blocker[] = [];
      let stopped = false;
      const look = async () => {
        try {
          const seen = await lookAt(await connect(), watched.pid);
          if (stopped) return;
          blockers = seen.blockers.length > 0 ? seen.blockers : blockers;
          const elapsedMs = Math.round(performance.now() - begun);
          if (elapsedMs >= 950) {
            const { tag, statement, sql } = watched;
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
          return;
        }
        if (!stopped) timer = setTimeout(look, 1000);
      };
      const first = watched.lockTimeout > 0 ? Math.min(1000, watched.lockTimeout / 2) : 1000;
      let timer = setTimeout(look, first);
      return () => {
        stopped = true;
        clearTimeout(timer);
        return blockers;
      };
    },
    async cancel(pid) {
      await (await connect()).run(`select pg_catalog.pg_cancel_backend(${pid})`);
    },
    async close() {
      await session?.then((open) => open.close()).catch(() => {});
    },
  };
}

/** As who logged in: a role that the URL takes on may neither see nor cancel what that one runs. */
async function open(url: string): Promise<Session> {
  const session = await openSession({ url, connectTimeout: 2, applicationName: 'db migrate (observer)' });
  await session.run('set role none');
  return session;
}

async function lookAt(session: Session, pid: number) {
  const [blockers = [], progress = []] = await session.runAll(`
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
