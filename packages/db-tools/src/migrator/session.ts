import { requestCancel } from '../connection/cancel-request.ts';
import { type Connection, type ConnectOptions, openConnection } from '../connection/connect.ts';
import { parseDatabaseUrl } from '../connection/url.ts';

export type Row = Record<string, unknown>;

export interface Reader {
  /** Runs one message of the simple protocol (one statement or several) and returns the rows of its last result. */
  run(sql: string): Promise<Row[]>;
  /** Runs several queries in one round trip and returns the rows of each. */
  runAll(sql: string): Promise<Row[][]>;
}

/** One connection that is never replaced: when it is gone, so are its locks, and every call says so. */
export interface Session extends Reader {
  /** The process id that the protocol announced; behind a pooler it is not the server's. */
  readonly protocolPid: number;
  readonly lost: boolean;
  /** The message that the server has not answered yet: the same object as long as it is the same message. */
  readonly running: Message | undefined;
  /** When, by `performance.now()`, the server last said that it ended a statement because it was asked to. */
  readonly cancelledAt: number | undefined;
  /** connectTimeout in milliseconds: how long we wait for what should be there at once. */
  readonly patience: number;
  /** Whoever opened the session wants the run to end. */
  readonly signal: AbortSignal | undefined;
  /**
   * For what the server answers at once: a message that is not answered within connectTimeout, and the milliseconds
   * that it may take besides, ends the connection with NoAnswer as its reason.
   */
  quick(besides?: number): Reader;
  /**
   * Asks the server to end what this connection runs, without waiting for it; between two messages that does nothing.
   */
  cancel(): Promise<void>;
  /** Ends the connection from our side: what waits for an answer throws ConnectionLost with this reason. */
  destroy(reason: Error): void;
  close(): Promise<void>;
}

export interface Message {
  /** `performance.now()` when it was sent. */
  since: number;
}

/** The connection ended under a running or before a new statement; whether that statement took effect is unknown. */
export class ConnectionLost extends Error {
  constructor(cause: unknown) {
    super(`The connection to the database was lost: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
    this.name = 'ConnectionLost';
  }
}

/** The other side is silent, though the connection is not closed. */
export class NoAnswer extends Error {
  constructor(milliseconds: number) {
    super(`the server did not answer within ${milliseconds / 1000} s`);
    this.name = 'NoAnswer';
  }
}

export interface SessionOptions extends ConnectOptions {
  url: string;
}

/** Connects, with retries until `connectTimeout`. Throws the DbErrors of `connect`. */
export async function openSession({ url, ...options }: SessionOptions): Promise<Session> {
  return holdOn(await openConnection(url, options), url, options);
}

function holdOn(connection: Connection, url: string, { connectTimeout = 30, signal }: ConnectOptions): Session {
  const patience = connectTimeout * 1000;
  const { sql, cancelKey } = connection;
  let lost: unknown;
  // postgres.js (3.4.9) reconnects by itself and goes on with the next query, without the lock and outside of the
  // transaction.
  const options = sql.options as unknown as { onclose: () => void; socket: () => never };
  options.onclose = () => {
    lost ??= connection.lastWords() ?? new Error('closed by the other side');
  };
  options.socket = () => {
    throw new Error('closed by the other side');
  };

  let running: Message | undefined;
  let cancelledAt: number | undefined;
  const destroy = (reason: Error) => {
    lost ??= reason;
    void connection.destroy();
  };
  const send = async (text: string, within?: number): Promise<Row[][]> => {
    if (lost !== undefined) throw new ConnectionLost(lost);
    const message = { since: performance.now() };
    running = message;
    const timer = within === undefined ? undefined : setTimeout(() => destroy(new NoAnswer(within)), within);
    try {
      const result = await sql.unsafe(text).simple();
      // One statement gives its rows, several give a list of results.
      return ('command' in result ? [result] : result) as unknown as Row[][];
    } catch (error) {
      if ((error as { code?: string }).code === '57014') cancelledAt = performance.now();
      if (!endsConnection(error)) throw error;
      lost ??= connection.lastWords() ?? error;
      throw new ConnectionLost(lost);
    } finally {
      clearTimeout(timer);
      if (running === message) running = undefined;
    }
  };
  const reader = (within?: number): Reader => ({
    run: async (text) => (await send(text, within)).at(-1) ?? [],
    runAll: (text) => send(text, within),
  });
  return {
    ...reader(),
    protocolPid: cancelKey.pid,
    patience,
    signal,
    get lost() {
      return lost !== undefined;
    },
    get running() {
      return running;
    },
    get cancelledAt() {
      return cancelledAt;
    },
    quick: (besides = 0) => reader(patience + besides),
    cancel: () => requestCancel(parseDatabaseUrl(url), cancelKey),
    destroy,
    async close() {
      if (lost === undefined) await sql.end({ timeout: 1 });
      await connection.destroy();
    },
  };
}

/** Server errors leave the connection usable unless they are FATAL; anything else is the connection's own end. */
function endsConnection(error: unknown): boolean {
  const { severity, name } = error as { severity?: string; name?: string };
  return name !== 'PostgresError' || severity === 'FATAL' || severity === 'PANIC';
}
