import { DbError } from '../errors.ts';

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
  if (!url) throw refuse(...whatIsWrong(text.trim()));
  if (url.protocol !== 'postgres:' && url.protocol !== 'postgresql:') {
    throw refuse(`begins with ${/^[^:]*:(\/\/)?/.exec(text.trim())![0]}, not with postgres://`);
  }
  const part = (name: string, encoded: string) => {
    const decoded = decode(encoded);
    if (decoded !== undefined) return decoded;
    throw refuse(`has a % in its ${name} that begins no percent-encoding`, 'Write % as %25');
  };
  const host = part('host', url.hostname.replace(/^\[(.*)\]$/, '$1'));
  if (host.startsWith('/') || url.searchParams.get('host')?.startsWith('/')) throw refuse(...SOCKET);
  if (!host) throw refuse('names no host');
  if (host.includes(',')) throw refuse(...SEVERAL_HOSTS);
  if (url.port === '0') throw refuse('has the port 0, and a port is 1 to 65535');
  if (url.hash) throw refuse('contains an unencoded #', 'Write # as %23');
  const database = part('database name', url.pathname.slice(1));
  const user = part('user name', url.username);
  const password = part('password', url.password);
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
  // A space as %20: libpq takes a plus sign for one.
  const query = new URLSearchParams(target.params).toString().replaceAll('+', '%20');
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

const SOCKET = [
  'names a Unix socket, and these tools connect over TCP',
  'For a server on this machine: postgres://user@127.0.0.1:5432/database',
] as const;
const SEVERAL_HOSTS = [
  'names several hosts',
  'Name one: the server that takes writes, or the proxy in front of them',
] as const;

/**
 * Of a text that is no URL: the problem and the hint. Repeats nothing that an unencoded password could be a part of.
 */
function whatIsWrong(text: string): readonly [problem: string, hint?: string] {
  if (/^["']/.test(text)) return ['begins with a quotation mark', 'Leave the quotation marks out'];
  // With another @ behind it this is no authority, but the beginning of a password with a special character.
  const [, authority, query = ''] = /^postgres(?:ql)?:\/\/([^/?#]*)(?:\/[^?#@]*)?(\?[^#@]*)?$/i.exec(text) ?? [];
  if (authority === undefined) return NO_URL;
  const hosts = authority.slice(authority.lastIndexOf('@') + 1);
  const port = /:(\d+)$/.exec(hosts)?.[1];
  if (/[?&]host=(\/|%2F)/i.test(query)) return SOCKET;
  if (hosts === '' || hosts.startsWith(':')) {
    return hosts.split(':').length > 2 ? NO_BRACKETS : ['names no host'];
  }
  if (hosts.includes(',')) return SEVERAL_HOSTS;
  if (!hosts.startsWith('[') && hosts.split(':').length > 2) return NO_BRACKETS;
  if (port !== undefined && Number(port) > 65535) return [`has the port ${port}, and a port is 1 to 65535`];
  if (/:[^\]]+$/.test(hosts) && port === undefined) return ['has a port that is no number'];
  return NO_URL;
}

const NO_URL = [
  'is not a URL',
  `${EXAMPLE}. Percent-encode special characters of a password (/ is %2F, # is %23, ? is %3F), or set DB_PASSWORD`,
] as const;
const NO_BRACKETS = [
  'names an IPv6 address without brackets',
  'Write it as postgres://user@[::1]:5432/database',
] as const;

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
  // More would overflow the milliseconds of a timer.
  if (params.connect_timeout !== undefined && !/^\d{1,6}$/.test(params.connect_timeout)) {
    throw refuse('has a connect_timeout that is not a number of seconds', 'Write connect_timeout=10');
  }
  return params;
}

/** An unencoded `?` in a password makes the rest of it look like a parameter, so only plain words are repeated. */
function redactParameter(name: string): string {
  return /^[a-z_]{1,40}$/i.test(name) ? name : '…';
}
