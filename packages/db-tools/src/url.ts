import { DbError } from './errors.ts';

export { tlsOptions } from './tls.ts';

export interface ConnectionTarget {
  /** Without the brackets of an IPv6 address. */
  host: string;
  port: number;
  user: string;
  password: string;
  database: string;
  params: Record<string, string>;
}

export const SSL_MODES = ['disable', 'require', 'verify-ca', 'verify-full'] as const;

const KNOWN_PARAMS = ['application_name', 'connect_timeout', 'options', 'sslmode', 'sslrootcert'];

/**
 * The parts of a connection URL, percent-decoded. Throws a DbError `invalid_url` that names `source` (the variable or
 * flag that the URL came from) and never repeats any part of the URL that could be a password.
 */
export function parseDatabaseUrl(text: string, source = 'The database URL'): ConnectionTarget {
  const refuse = (problem: string, hint = EXAMPLE) => new DbError('invalid_url', `${source} ${problem}.`, { hint });
  const url = parse(text);
  if (!url) {
    throw refuse(
      'is not a URL',
      `${EXAMPLE}. Percent-encode special characters of a password (/ is %2F, # is %23, ? is %3F), or set DB_PASSWORD`,
    );
  }
  if (url.protocol !== 'postgres:' && url.protocol !== 'postgresql:') {
    throw refuse(`begins with ${url.protocol}//, not with postgres://`);
  }
  if (!url.hostname) throw refuse('names no host');
  if (url.hash) throw refuse('contains an unencoded #', 'Write # as %23');
  const database = decode(url.pathname.slice(1));
  const user = decode(url.username);
  const password = decode(url.password);
  const host = decode(url.hostname.replace(/^\[(.*)\]$/, '$1'));
  if (database === undefined || user === undefined || password === undefined || host === undefined) {
    throw refuse('contains a % that begins no percent-encoding', 'Write % as %25');
  }
  if (!database) throw refuse('names no database');
  if (database.includes('/')) throw refuse('names a database with a slash', 'Percent-encode / in a password as %2F');
  if (!user) throw refuse('names no user');
  return { host, port: Number(url.port || 5432), user, password, database, params: readParams(url, refuse) };
}

/** A URL again, of what parseDatabaseUrl gave; the password is `***` unless asked for. */
export function formatDatabaseUrl(target: ConnectionTarget, options: { withPassword?: boolean } = {}): string {
  const password = target.password && (options.withPassword ? encodeURIComponent(target.password) : '***');
  const user = encodeURIComponent(target.user) + (password ? `:${password}` : '');
  const host = target.host.includes(':') ? `[${target.host}]` : encodeURIComponent(target.host);
  const query = new URLSearchParams(target.params).toString();
  return `postgres://${user}@${host}:${target.port}/${encodeURIComponent(target.database)}${query ? `?${query}` : ''}`;
}

/** The text with the password of every URL in it replaced by `***`. Takes too much rather than too little. */
export function redactUrl(text: string): string {
  return text
    .replace(/([a-z][a-z0-9+.-]*:\/\/[^\s:/?#@]*):\S*@/gi, '$1:***@')
    .replace(/([?&](?:password|sslpassword)=)[^&\s]*/gi, '$1***');
}

/** `host/database`: how a person names a target, and what `--target` has to spell out. */
export function targetName(target: ConnectionTarget): string {
  return `${target.host}/${target.database}`;
}

/** Whether the host is this machine by name: localhost, 127.0.0.0/8 or ::1. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[(.*)\]$/, '$1');
  return name === 'localhost' || name === '::1' || /^(::ffff:)?127(\.\d{1,3}){3}$/.test(name);
}

/** The same URL with another database, password included. */
export function withDatabase(url: string, name: string): string {
  return formatDatabaseUrl({ ...parseDatabaseUrl(url), database: name }, { withPassword: true });
}

const EXAMPLE = 'A database URL looks like postgres://user:password@host:5432/database';

function parse(text: string): URL | undefined {
  try {
    return new URL(text.trim());
  } catch {
    return undefined;
  }
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function readParams(url: URL, refuse: (problem: string, hint?: string) => DbError): Record<string, string> {
  const params: Record<string, string> = {};
  for (const [name, value] of url.searchParams) {
    if (!KNOWN_PARAMS.includes(name)) {
      throw refuse(
        `has the query parameter "${redactParameter(name)}", which is not known here`,
        `Remove it; known: ${KNOWN_PARAMS.join(', ')}`,
      );
    }
    if (name in params) throw refuse(`has the query parameter "${name}" twice`, 'Keep one of them');
    params[name] = value;
  }
  const mode = params.sslmode;
  if (mode !== undefined && !(SSL_MODES as readonly string[]).includes(mode)) {
    throw refuse('has an sslmode that is not known here', `Use one of ${SSL_MODES.join(', ')}`);
  }
  if (params.connect_timeout !== undefined && !/^\d+$/.test(params.connect_timeout)) {
    throw refuse('has a connect_timeout that is not a number of seconds', 'Write connect_timeout=10');
  }
  return params;
}

/** An unencoded `?` in a password makes the rest of it look like a parameter, so only plain words are repeated. */
function redactParameter(name: string): string {
  return /^[a-z_]{1,40}$/i.test(name) ? name : '…';
}
