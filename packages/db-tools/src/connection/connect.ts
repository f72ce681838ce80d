import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import postgres, { type Sql } from 'postgres';
import { lastWords } from '../command-line/last-words.ts';
import { DbError, EXIT, toDbError } from '../errors.ts';
import type { CancelKey } from './cancel-request.ts';
import { openSocket } from './socket.ts';
import { type ConnectionTarget, isLoopback, parseDatabaseUrl, redactUrl } from './url.ts';

export interface ConnectOptions {
  /** Seconds to keep trying while the server cannot be reached or is starting; 30 unless given. */
  connectTimeout?: number;
  applicationName?: string;
  /** Called once, when the first attempt failed and waiting begins. */
  onWait?: (reason: DbError) => void;
  onNotice?: (notice: postgres.Notice) => void;
  signal?: AbortSignal;
}

/** A connection with what postgres.js keeps to itself. */
export interface Connection {
  sql: Sql;
  cancelKey: CancelKey;
  /** What the server said when it ended the connection, if it did. */
  lastWords(): Error | undefined;
  /** Ends it at once, whether the other side is there or not. */
  destroy(): Promise<void>;
}

/**
 * One postgres.js connection that has answered a query. Tries again, with growing and jittered pauses, while the
 * failure may pass by itself. Throws a DbError (`connection_refused`, `host_unknown`, `authentication_failed`,
 * `database_missing`, …) that names host and database, never the password. End it with `sql.end()`.
 */
export async function connect(url: string, options: ConnectOptions = {}): Promise<Sql> {
  return (await openConnection(url, options)).sql;
}

/** Like `connect`, for callers that may have to cancel a statement, or to end a connection that does not answer. */
export async function openConnection(url: string, options: ConnectOptions = {}): Promise<Connection> {
  const target = parseDatabaseUrl(url);
  const seconds = options.connectTimeout ?? 30;
  const deadline = performance.now() + seconds * 1000;
  for (let attempt = 0; ; attempt++) {
    options.signal?.throwIfAborted();
    const left = deadline - performance.now();
    try {
      // postgres.js takes 0 as "no limit", and whole seconds are too coarse for the last try.
      return await tryToConnect(target, options, Math.max(left, 500));
    } catch (error) {
      options.signal?.throwIfAborted();
      const pause = Math.min(50 * 2 ** attempt, 1000) * (0.5 + Math.random() / 2);
      if (!isTransient(error) || performance.now() + pause > deadline) throw connectionError(error, target, seconds);
      if (attempt === 0) options.onWait?.(connectionError(error, target, seconds));
      await sleep(pause, undefined, { signal: options.signal }).catch(() => options.signal?.throwIfAborted());
    }
  }
}

async function tryToConnect(
  target: ConnectionTarget,
  options: ConnectOptions,
  milliseconds: number,
): Promise<Connection> {
  let socket: Socket | undefined;
  let state: 'connecting' | 'answered' | 'ended' = 'connecting';
  let said: () => Error | undefined = () => undefined;
  const sql = open(target, options, milliseconds / 1000, async () => {
    // When the other side closes it before it answers, postgres.js asks for the next without a pause.
    if (state === 'ended' || (state === 'connecting' && socket)) {
      throw Object.assign(new Error('closed by the other side'), { code: 'ECONNRESET' });
    }
    socket = await openSocket(target, milliseconds);
    if (hasEnded()) socket.destroy();
    said = lastWords(socket);
    return socket;
  });
  const hasEnded = () => state === 'ended';
  const destroy = async () => {
    state = 'ended';
    const end = sql.end({ timeout: 0 });
    socket?.destroy();
    await end;
  };
  const giveUp = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => giveUp.reject(Object.assign(new Error('no answer'), { code: 'CONNECT_TIMEOUT' })),
    milliseconds,
  );
  const abort = () => giveUp.reject(options.signal?.reason);
  options.signal?.addEventListener('abort', abort);
  try {
    const answer = sql`select 1`.then(({ state }) => state as unknown as CancelKey);
    const cancelKey = await Promise.race([answer, giveUp.promise]);
    state = 'answered';
    return { sql, cancelKey, lastWords: () => said(), destroy };
  } catch (error) {
    await destroy();
    throw error;
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', abort);
  }
}

function open(target: ConnectionTarget, options: ConnectOptions, seconds: number, socket: () => Promise<Socket>): Sql {
  const { application_name, options: startup } = target.params;
  return postgres({
    // Arrays: postgres.js splits a plain string at colons, so that no IPv6 address survives.
    host: [target.host] as unknown as string,
    port: [target.port] as unknown as number,
    user: target.user,
    password: target.password,
    database: target.database,
    // With one of its own postgres.js would leave it open when it ends, as long as the other side is silent.
    socket,
    ssl: false,
    max: 1,
    connect_timeout: seconds,
    // A statement may run for hours; this many seconds after the network has gone silent it ends all the same.
    keep_alive: 30,
    idle_timeout: 0,
    // Otherwise the connection, and with it every lock and setting, is replaced after 30 to 60 minutes.
    max_lifetime: null,
    prepare: false,
    fetch_types: false,
    onnotice: options.onNotice ?? (() => {}),
    connection: {
      application_name: options.applicationName ?? application_name ?? 'db-tools',
      ...(startup ? { options: startup } : {}),
    } as Record<string, string>,
  } as postgres.Options<Record<string, postgres.PostgresType>>);
}

const TRANSIENT = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'EPIPE',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'CONNECT_TIMEOUT',
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
  '53300',
  '57P01',
  '57P02',
  '57P03',
]);

/** Whether connecting again may help: the code of the error or of one of its causes says so. */
export function isTransient(error: unknown): boolean {
  if (isTlsFailure(error)) return false;
  return codesOf(error).some((code) => TRANSIENT.has(code) || (/^08\d{3}$/.test(code) && code !== '08P01'));
}

/** Every SQLSTATE or errno on the error, its causes and the errors that it gathers, outermost first. */
export function codesOf(error: unknown): string[] {
  const codes: string[] = [];
  const queue: unknown[] = [error];
  const seen = new Set<unknown>();
  while (queue.length > 0) {
    const next = queue.shift();
    if (!next || typeof next !== 'object' || seen.has(next)) continue;
    seen.add(next);
    const { code, cause, errors } = next as { code?: unknown; cause?: unknown; errors?: unknown[] };
    if (typeof code === 'string') codes.push(code);
    queue.push(cause, ...(Array.isArray(errors) ? errors : []));
  }
  return codes;
}

/**
 * The failure as a DbError: `database_error` for another answer of the server, `unexpected` for what did not come from
 * there.
 */
export function connectionError(error: unknown, target: ConnectionTarget, seconds?: number): DbError {
  if (error instanceof DbError) return error;
  const codes = codesOf(error);
  const has = (...wanted: string[]) => wanted.some((code) => codes.includes(code));
  const where = `${target.host}:${target.port}`;
  const fail = (code: string, message: string, hint: string, exit: DbError['exit'] = EXIT.failed) =>
    new DbError(code, message, { hint, exit, cause: error });
  const checkUrl = 'Check host and port of the URL, and that this machine may reach them';

  if (isTlsFailure(error)) {
    return fail(
      'tls_failed',
      `The server at ${where} gave no TLS connection that can be trusted: ${messageOf(error)}.`,
      'Give its certificate authority with sslrootcert=/path/ca.pem in the URL — or, if the server speaks no TLS and the network is your own: sslmode=disable',
      EXIT.wrongTarget,
    );
  }
  if (has('ECONNREFUSED')) {
    return fail(
      'connection_refused',
      `Nothing accepts connections at ${where}.`,
      isLoopback(target.host) ? 'Start the local server with: pnpm db start — or check host and port' : checkUrl,
      EXIT.wrongTarget,
    );
  }
  if (has('ENOTFOUND', 'EAI_AGAIN')) {
    return fail('host_unknown', `The host name ${target.host} cannot be resolved.`, checkUrl, EXIT.wrongTarget);
  }
  if (has('28P01', '28000')) {
    // Servers that want TLS say so in other words each; PostgreSQL itself adds "no encryption" to every refusal.
    const tls = /no encryption|SSL|TLS|insecure/i.test(messageOf(error)) && !target.params.sslmode;
    return fail(
      'authentication_failed',
      `The server at ${where} refused to log in user ${target.user}${target.password ? '' : ' (no password was given)'}.`,
      `Check user and password in the URL or in DB_USER and DB_PASSWORD${tls ? ', or ask for TLS with ?sslmode=verify-full' : ''}`,
    );
  }
  if (has('3D000')) {
    return fail(
      'database_missing',
      `The database ${target.database} does not exist on ${where}.`,
      'Create it with: pnpm db create — or create, migrate and seed it with: pnpm db prepare',
    );
  }
  if (has('42501')) {
    return fail(
      'permission_denied',
      `User ${target.user} may not do this on ${where}/${target.database}: ${messageOf(error)}.`,
      'Connect as a role that owns the database (DATABASE_URL_DIRECT), or grant what is missing',
    );
  }
  if (has('53300')) {
    return fail('too_many_connections', `The server at ${where} has no free connection slot.`, LATER, EXIT.wrongTarget);
  }
  if (has('57P03')) {
    return fail('server_starting', `The server at ${where} is starting up or stopping.`, LATER, EXIT.wrongTarget);
  }
  if (isTransient(error)) {
    return fail(
      'unreachable',
      `The server at ${where} did not answer${seconds === undefined ? '' : ` within ${seconds} s`} (${codes[0]}).`,
      checkUrl,
      EXIT.wrongTarget,
    );
  }
  const code = codes.find((candidate) => /^[0-9A-Z]{5}$/.test(candidate));
  if (code === undefined) return toDbError(error);
  return new DbError('database_error', `${where}/${target.database} answered: ${messageOf(error)} (${code}).`, {
    cause: error,
  });
}

const LATER = 'Try again in a moment';

/** A server without TLS closes the socket on the handshake, which looks like any other reset except for its text. */
function isTlsFailure(error: unknown): boolean {
  return (
    codesOf(error).some((code) => /^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|EPROTO$)/.test(code)) ||
    /before secure TLS connection|self-signed certificate/.test(messageOf(error))
  );
}

function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return redactUrl(text).trim().split('\n')[0]!.replace(/\.$/, '');
}
