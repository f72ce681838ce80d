import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tlsOptions } from './tls.ts';
import { formatDatabaseUrl, isLoopback, parseDatabaseUrl, redactUrl, targetName, withDatabase } from './url.ts';

test('the parts of a URL, percent-decoded, the port 5432 unless given', () => {
  expect(parseDatabaseUrl('postgresql://us%40er:p%3Aw@[::1]/my%20db?sslmode=disable')).toEqual({
    host: '::1',
    port: 5432,
    user: 'us@er',
    password: 'p:w',
    database: 'my db',
    params: { sslmode: 'disable' },
  });
});

test('any user, password and database survive formatting and parsing', () => {
  const part = fc.string({ unit: 'binary', minLength: 1 }).filter((text) => !text.includes('/') && text.isWellFormed());
  fc.assert(
    fc.property(part, fc.string({ unit: 'grapheme' }), part, (user, password, database) => {
      const target = { host: 'db.example.com', port: 6432, user, password, database, params: {} };
      expect(parseDatabaseUrl(formatDatabaseUrl(target, { withPassword: true }))).toEqual(target);
    }),
  );
});

test('no error repeats the password, however broken the URL is', () => {
  const secret = 'S3CRET';
  const broken = fc
    .tuple(fc.string(), fc.constantFrom('#', '?', '/', '%', '@', ':', ' ', '%zz', '&x='), fc.string())
    .map(([a, b, c]) => `postgres://user:${a}${b}${secret}${c}@host/db`);
  fc.assert(
    fc.property(broken, (url) => {
      try {
        parseDatabaseUrl(url, 'DATABASE_URL');
      } catch (error) {
        expect((error as Error).message).not.toContain(secret);
        expect((error as Error).message).toMatch(/^DATABASE_URL /);
      }
    }),
  );
});

test.each([
  ['postgres://u@h:99999/d', 'has the port 99999, and a port is 1 to 65535'],
  ['postgres://u@h:0/d', 'has the port 0, and a port is 1 to 65535'],
  ['postgres://u@h:soon/d', 'has a port that is no number'],
  ['postgres://u@:5432/d', 'names no host'],
  ['postgres:///d', 'names no host'],
  ['postgres://u@h', 'names no database'],
  ['postgres://h/d', 'names no user'],
  ['postgres://u@::1/d', 'names an IPv6 address without brackets'],
  ['postgres://u@fe80::1:5432/d', 'names an IPv6 address without brackets'],
  ['postgres://u@h1,h2/d', 'names several hosts'],
  ['postgres://u@h1:5432,h2:5432/d', 'names several hosts'],
  ['postgres:///d?host=/var/run/postgresql', 'names a Unix socket'],
  ['postgres://u@/d?host=%2Fvar%2Frun%2Fpostgresql', 'names a Unix socket'],
  ['postgres://u@%2Fvar%2Frun%2Fpostgresql/d', 'names a Unix socket'],
  ['postgres://u:100%@h/d', 'has a % in its password that begins no percent-encoding'],
  ['postgres://u@h/d%zz', 'has a % in its database name that begins no percent-encoding'],
  ['"postgres://u@h/d"', 'begins with a quotation mark'],
  ['u:pw@h/d', 'begins with u:, not with postgres://'],
  ['postgres://u:123456/7@h/d', 'is not a URL'],
  ['postgres://u:99999?67@h/d', 'is not a URL'],
])('what is wrong with %s is named', (url, problem) => {
  expect(() => parseDatabaseUrl(url, 'DATABASE_URL')).toThrow(`DATABASE_URL ${problem}`);
});

test('a space in a parameter is printed as libpq reads it', () => {
  const url = 'postgres://u@h:5432/d?options=-c%20search_path%3Da';
  expect(formatDatabaseUrl(parseDatabaseUrl(url))).toBe(url);
});

test('a printed URL has no password', () => {
  const url = 'postgres://app:p%40ss@db.example.com:5432/app';
  expect(formatDatabaseUrl(parseDatabaseUrl(url))).toBe('postgres://app:***@db.example.com:5432/app');
  expect(redactUrl(`cannot reach ${url} now`)).toBe('cannot reach postgres://app:***@db.example.com:5432/app now');
  expect(redactUrl('postgres://app:p@ss@host/db')).toBe('postgres://app:***@host/db');
  expect(redactUrl('postgres://app@host/db?password=x&sslmode=require')).toBe(
    'postgres://app@host/db?password=***&sslmode=require',
  );
});

test('another database of the same server, the password kept', () => {
  const url = withDatabase('postgres://app:p%40ss@db.example.com/app?sslmode=require', 'postgres');
  expect(url).toBe('postgres://app:p%40ss@db.example.com:5432/postgres?sslmode=require');
  expect(targetName(parseDatabaseUrl(url))).toBe('db.example.com/postgres');
});

test.each(['localhost', 'LOCALHOST', '127.0.0.1', '127.1.2.3', '::1', '[::1]', '::ffff:127.0.0.1'])(
  '%s is loopback',
  (host) => {
    expect(isLoopback(host)).toBe(true);
  },
);

test.each(['localhost.example.com', '127.0.0.1.nip.io', '10.0.0.1', '1270.0.0.1', '0.0.0.0', 'db'])(
  '%s is not',
  (host) => {
    expect(isLoopback(host)).toBe(false);
  },
);

describe('sslmode', () => {
  const HOST = 'db.example.com';
  const optionsOf = (query: string, host = HOST) => tlsOptions(parseDatabaseUrl(`postgres://u@${host}/d${query}`));
  const named = { host: HOST, servername: HOST };

  test('is verify-full unless said, and nothing on this machine', () => {
    expect(optionsOf('')).toEqual({ ...named, rejectUnauthorized: true });
    expect(optionsOf('', '10.0.0.5')).toEqual({ host: '10.0.0.5', rejectUnauthorized: true });
    for (const host of ['localhost', '127.0.0.1', '[::1]']) expect(optionsOf('', host)).toBe(false);
    expect(optionsOf('?sslmode=verify-full', 'localhost')).toMatchObject({ rejectUnauthorized: true });
  });

  test('means what it means in libpq', () => {
    expect(optionsOf('?sslmode=disable')).toBe(false);
    expect(optionsOf('?sslmode=require')).toEqual({ ...named, rejectUnauthorized: false });
    expect(optionsOf('?sslmode=verify-full')).toEqual({ ...named, rejectUnauthorized: true });
    const { rejectUnauthorized, ca, checkServerIdentity } = optionsOf(
      `?sslmode=require&sslrootcert=${import.meta.filename}`,
    ) as Exclude<ReturnType<typeof tlsOptions>, false>;
    expect(rejectUnauthorized).toBe(true);
    expect(ca).toContain('means what it means');
    expect(checkServerIdentity?.('any', {} as never)).toBeUndefined();
  });

  test('a certificate file that cannot be read is named', () => {
    expect(() => optionsOf('?sslrootcert=/nowhere/ca.pem')).toThrow('The certificate file /nowhere/ca.pem');
  });

  test.each([
    'sslmode=prefer',
    'sslmode=require&sslmode=disable',
    'pgbouncer=true',
    'connect_timeout=soon',
    'connect_timeout=9999999',
  ])('%s is refused', (query) => {
    expect(() => optionsOf(`?${query}`)).toThrow(/The database URL has/);
  });
});
