import net from 'node:net';
import { type ConnectionTarget, tlsOptions } from '@org/db-tools/url';
import postgres, { type Sql } from 'postgres';
import { requestCancel } from './cancel.ts';
import { type DriverQuery, OneFlightQuery, type Rows, type Send } from './driver.ts';
import { ClientError, isServerError } from './errors.ts';
import { ASK_SERVER_LIMITS, readServerLimits, type ServerLimits } from './limits.ts';
import { setParsers } from './values.ts';

export interface Statement {
  text: string;
  /** As `toParameter` makes them. */
  parameters?: readonly unknown[];
  /** Whether the server keeps it prepared for the life of the connection. */
  keep?: boolean;
  /** Rows as arrays of text, not as objects. */
  asArrays?: boolean;
  /** By the simple protocol, which takes several statements at once, and no parameters. */
  simple?: boolean;
  /** Milliseconds for the answer, when not the usual ones. */
  deadline?: number;
}

export interface SessionOptions {
  target: ConnectionTarget;
  /** What the server is told at the start: application_name, limits. */
  startup: Record<string, string | number>;
  /** Milliseconds to connect and log in. */
  connectTimeout: number;
  /** Milliseconds for an answer to a statement, 0 for ever; unless given, as many as `usualDeadline` says. */
  deadline?: number;
}

/** Milliseconds for the server to answer a request to cancel, after which it is taken for silent. */
const CANCEL_PATIENCE = 500;

/**
 * One session of the server: a client of postgres.js with one connection that connects once. When the connection is
 * lost, so is the session, with all that still waits for an answer; no statement can ever reach another one. That is
 * the whole defence:
 *
 * - postgres.js 3.4.9 reconnects under a transaction and runs the rest of it outside of one (porsager/postgres #1133,
 * #1155, #1215),
 *   or mixes two (#1204). It leaves BEGIN unreserved at the pipeline's end (#1189, #1218): its `begin` and `reserve`
 * are not used.
 * - It writes to a socket that is gone, which nobody can catch (#1154, #1208): a lost session is never written to.
 * - It waits for ever for a half-open connection (#1089), or when a socket fails twice: what waits is ours and has a
 * deadline.
 * - It asks for array types in a query that nobody catches (#1192, #1205): off, values.ts knows them.
 *
 * Can go, with pool.ts, when those are fixed and a test that kills backends in `begin` is among postgres.js' own.
 */
export class Session {
  readonly bornAt = performance.now();
  /** When the pool replaces it; of `performance.now()`, as is `bornAt`. */
  retireAt = Number.POSITIVE_INFINITY;
  /** Called once, when the session is lost or closed. */
  onLost: () => void = () => {};
  /** Known once it is connected. */
  serverLimits: ServerLimits = { idle: 0, statement: 0 };
  /** Whether it was given up because the server did not even answer a request to cancel. */
  isSilent = false;
  readonly #options: SessionOptions;
  readonly #client: Sql;
  readonly #send: Send;
  readonly #waiting = new Set<(error: Error) => void>();
  #socket: net.Socket | undefined;
  #deadline = 0;
  #overdue: ClientError | undefined;
  #lost: Error | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    const { target, startup } = options;
    this.#client = postgres({
      host: [target.host] as unknown as string,
      port: [target.port] as unknown as number,
      user: target.user,
      password: target.password,
      database: target.database,
      ssl: tlsOptions(target) as false,
      connection: startup as Record<string, string>,
      max: 1,
      socket: () => this.#connectOnce(),
      onclose: () => this.#lose(connectionClosed(target)),
      onnotice: () => {},
      fetch_types: false,
      no_subscribe: true,
      // Ours: the pool counts age and idle time, every wait has a deadline, keepAlive is set on the socket.
      ...{ connect_timeout: 0, idle_timeout: 0, max_lifetime: 0, keep_alive: 0 },
    } as object);
    setParsers(this.#client.options.parsers as never);
    // Parameters are text already (values.ts).
    this.#client.options.serializers = {};
    this.#send = (this.#client.unsafe('') as unknown as DriverQuery).handler;
  }

  /** Why it cannot be used any more. */
  get lost(): Error | undefined {
    return this.#lost;
  }

  /** Connects and logs in. Throws what Node, the server or the deadline say. */
  async connect(): Promise<void> {
    const { connectTimeout, deadline } = this.#options;
    this.serverLimits = readServerLimits(await this.run({ text: ASK_SERVER_LIMITS, deadline: connectTimeout }));
    this.#deadline = deadline ?? usualDeadline(this.serverLimits);
  }

  /**
   * Sends the statement; those of one session are answered in their order. Throws what postgres.js throws, or a
   * ClientError.
   */
  run({ text, parameters = [], keep = false, asArrays, simple = false, deadline }: Statement): Promise<Rows> {
    if (this.#lost) return Promise.reject(this.#lost);
    return new Promise((resolve, reject) => {
      const query = new OneFlightQuery([text], parameters, this.#send, undefined, { prepare: keep, simple });
      if (asArrays) query.values();
      const milliseconds = deadline ?? this.#deadline;
      const timer = milliseconds ? setTimeout(() => this.#expire(query, milliseconds), milliseconds) : undefined;
      const settled = () => {
        clearTimeout(timer);
        this.#waiting.delete(reject);
      };
      this.#waiting.add(reject);
      query.then(
        (rows) => {
          settled();
          resolve(rows);
        },
        (error) => {
          settled();
          reject(this.#overdue ?? error);
          // Not by the server: the state of the connection is unknown.
          if (!isServerError(error)) this.#lose(error);
        },
      );
    });
  }

  /** Ends it; what still waits for an answer is rejected with `reason`. */
  close(reason: Error = connectionClosed(this.#options.target)): void {
    if (this.#lost) return;
    const lingers = this.#waiting.size === 0;
    // Says goodbye to the server, and is not waited for: porsager/postgres #1097, #1130.
    if (lingers) this.#client.end({ timeout: 1 }).catch(() => {});
    this.#lose(reason, { lingers });
  }

  #connectOnce(): net.Socket {
    if (this.#socket || this.#lost) throw this.#lost ?? connectionClosed(this.#options.target);
    const { host, port } = this.#options.target;
    this.#socket = net.connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 10_000 });
    // postgres.js listens later than a connection can fail, when there is no network at all.
    this.#socket.on('error', (error) => this.#lose(error));
    return this.#socket;
  }

  /**
   * Has the server stop what it still does, and gives the session up: a request to cancel that comes late would hit
   * what is next on it. Whether the server answers tells a slow statement from a server, or a network, that is no more.
   */
  #expire(query: DriverQuery, milliseconds: number): void {
    if (this.#overdue) return;
    const { host, port } = this.#options.target;
    const message = `The server at ${host}:${port} gave no answer within ${milliseconds} ms.`;
    const overdue = new ClientError('DEADLINE_EXCEEDED', message);
    this.#overdue = overdue;
    const giveUp = () => {
      this.isSilent = true;
      // A pooler forgets whose request it was when the connection is closed at once.
      this.#lose(overdue, { lingers: true });
    };
    if (!query.state?.pid) {
      // It is not even connected.
      this.#lose(overdue);
      return;
    }
    requestCancel({ host, port }, query.state);
    const timer = setTimeout(giveUp, CANCEL_PATIENCE);
    const answered = () => {
      clearTimeout(timer);
      this.#lose(overdue);
    };
    query.then(answered, answered);
  }

  #lose(reason: Error, { lingers = false } = {}): void {
    if (this.#lost) return;
    this.#lost = reason;
    if (lingers) setTimeout(() => this.#socket?.destroy(), 1_000).unref();
    else this.#socket?.destroy();
    for (const reject of this.#waiting) reject(reason);
    this.#waiting.clear();
    this.onLost();
  }
}

/**
 * A second more than the server's own limit, so that the server is the one to speak; with none, or a short one, 30 s.
 */
function usualDeadline({ statement }: ServerLimits): number {
  return Math.max(30_000, statement && statement + 1_000);
}

function connectionClosed({ host, port }: ConnectionTarget): Error {
  return Object.assign(new Error(`The connection to ${host}:${port} was closed.`), { code: 'CONNECTION_CLOSED' });
}
