import type { Sql } from 'postgres';
import { type ConnectOptions, connect } from '../connect.ts';

export type Row = Record<string, unknown>;

/** One connection that is never replaced: when it is gone, so are its locks, and every call says so. */
export interface Session {
  /** The process id that the protocol announced, known after the first answer; behind a pooler it is not the server's. */
  readonly protocolPid: number;
  readonly lost: boolean;
  /** Runs one message of the simple protocol (one statement or several) and returns the rows of its last result. */
  run(sql: string): Promise<Row[]>;
  /** Runs several queries in one round trip and returns the rows of each. */
  runAll(sql: string): Promise<Row[][]>;
  close(): Promise<void>;
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

export interface SessionOptions extends ConnectOptions {
  url: string;
}

/** Connects, with retries until `connectTimeout`. Throws the DbErrors of `connect`. */
export async function openSession({ url, ...options }: SessionOptions): Promise<Session> {
  return holdOn(await connect(url, { ...options, max: 1 }));
}

function holdOn(sql: Sql): Session {
  let lost: unknown;
  // postgres.js (3.4.9) reconnects by itself and goes on with the next query, without the lock and outside of the transaction.
  const options = sql.options as unknown as { onclose: () => void; socket: () => never };
  options.onclose = () => {
    lost ??= new Error('closed by the other side');
  };
  options.socket = () => {
    throw new Error('closed by the other side');
  };

  let protocolPid = 0;
  const send = async (text: string): Promise<Row[][]> => {
    if (lost !== undefined) throw new ConnectionLost(lost);
    try {
      const result = await sql.unsafe(text).simple();
      // One statement gives its rows, several give a list of results.
      const results = ('command' in result ? [result] : result) as unknown as (Row[] & {
        state: { pid: number } | null;
      })[];
      protocolPid ||= results[0]?.state?.pid ?? 0;
      return results;
    } catch (error) {
      if (!endsConnection(error)) throw error;
      lost ??= error;
      throw new ConnectionLost(error);
    }
  };
  return {
    get protocolPid() {
      return protocolPid;
    },
    get lost() {
      return lost !== undefined;
    },
    run: async (text) => (await send(text)).at(-1) ?? [],
    runAll: send,
    close: () => sql.end({ timeout: lost === undefined ? 1 : 0 }),
  };
}

/** Server errors leave the connection usable unless they are FATAL; anything else is the connection's own end. */
function endsConnection(error: unknown): boolean {
  const { severity, name } = error as { severity?: string; name?: string };
  return name !== 'PostgresError' || severity === 'FATAL' || severity === 'PANIC';
}
