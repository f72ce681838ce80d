import { expect, test } from 'vitest';
import { baseConfig } from './base-config.ts';
import { integer, port } from './fields.ts';
import { rateLimit } from './rate-limit.ts';
import { ConfigError, readServiceConfig } from './read-service-config.ts';

const schema = baseConfig.extend({ PORT: port.default(3001), SESSION_DAYS: integer(1, 365).default(30) });
const DATABASE_URL = 'postgres://app:hunter2@127.0.0.1:5432/app';
const read = (env: Record<string, string>) => readServiceConfig('identity', schema, { DATABASE_URL, ...env });

function mistakes(env: Record<string, string>): string {
  try {
    readServiceConfig('identity', schema, env);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
  throw new Error('no mistake was found');
}

test('only the database has to be named', () => {
  expect(read({})).toMatchObject({
    name: 'identity',
    PORT: 3001,
    HOST: '127.0.0.1',
    DOCS_ENABLED: true,
    SHUTDOWN_DELAY: 0,
  });
});

test('production listens to everyone, hides the docs and drains', () => {
  expect(read({ NODE_ENV: 'production' })).toMatchObject({
    HOST: '0.0.0.0',
    DOCS_ENABLED: false,
    SHUTDOWN_DELAY: 2000,
  });
});

test('IDENTITY_X goes before X, and empty is unset', () => {
  expect(read({ PORT: '4000', IDENTITY_PORT: '4001', SESSION_DAYS: '' })).toMatchObject({
    PORT: 4001,
    SESSION_DAYS: 30,
  });
  const own = 'postgres://identity:x@127.0.0.1/app';
  expect(read({ IDENTITY_DATABASE_URL: own }).DATABASE_URL).toBe(own);
});

test('the direct URL is told apart only when it is another', () => {
  expect(read({}).DATABASE_URL_DIRECT).toBeUndefined();
  expect(read({ DATABASE_URL_DIRECT: `${DATABASE_URL}2` }).DATABASE_URL_DIRECT).toBe(`${DATABASE_URL}2`);
});

test('every mistake is told at once, by the name of its variable and what to write instead', () => {
  const env = { DATABASE_URL, IDENTITY_PORT: '70000', DOCS_ENABLED: 'yes', LOG_LEVEL: 'loud', SESSION_DAYS: '1.5' };
  expect(mistakes(env).split('\n')).toEqual([
    'IDENTITY_PORT must be a whole number from 1 to 65535, not "70000".',
    'LOG_LEVEL must be one of fatal, error, warn, info, debug, trace, silent, not "loud".',
    'DOCS_ENABLED must be "true" or "false", not "yes".',
    'SESSION_DAYS must be a whole number from 1 to 365, not "1.5".',
  ]);
});

test.each([
  [{}, 'DATABASE_URL is not set; for the local database: export DATABASE_URL="$(pnpm -s db url)".'],
  [{ DATABASE_URL: 'mysql://a:hunter2@h/db' }, 'DATABASE_URL begins with mysql://, not with postgres://'],
  [{ IDENTITY_DATABASE_URL: 'postgres://a:hunter2@h' }, 'IDENTITY_DATABASE_URL names no database'],
  [{ DB_HOST: 'h' }, 'DB_HOST is set, but DB_USER, DB_NAME are not.'],
])('a URL that cannot be used is named, never shown: %j', (env, sentence) => {
  const message = mistakes(env as Record<string, string>);
  expect(message).toContain(sentence);
  expect(message).not.toContain('hunter2');
  expect(message.split('\n')).toHaveLength(1);
});

test('proxies and origins are lists of what they can be, and nothing that stands for everyone', () => {
  const { TRUST_PROXY, CORS_ORIGINS } = read({
    TRUST_PROXY: 'loopback, 10.0.0.0/8,fd00::1',
    CORS_ORIGINS: 'https://app.example.com, http://localhost:5173',
  });
  expect(TRUST_PROXY).toEqual(['loopback', '10.0.0.0/8', 'fd00::1']);
  expect(CORS_ORIGINS).toEqual(['https://app.example.com', 'http://localhost:5173']);
  expect(read({})).toMatchObject({ TRUST_PROXY: [], CORS_ORIGINS: [] });
  for (const wrong of ['true', '1', '*', '10.0.0.0/33', '10.0.0.0/0', '0.0.0.0/0', '10.0.0/8', 'proxy.example.com']) {
    expect(mistakes({ DATABASE_URL, TRUST_PROXY: wrong }), wrong).toContain('TRUST_PROXY must list the proxies');
  }
  for (const wrong of ['*', 'null', 'app.example.com', 'https://app.example.com/', 'file:///']) {
    expect(mistakes({ DATABASE_URL, CORS_ORIGINS: wrong }), wrong).toContain('CORS_ORIGINS must list origins');
  }
});

test('a rate is a number of times per unit', () => {
  const limited = schema.extend({ SIGN_IN_LIMIT: rateLimit.prefault('20/hour') });
  const limitOf = (env: Record<string, string>) =>
    readServiceConfig('identity', limited, { DATABASE_URL, ...env }).SIGN_IN_LIMIT;
  expect(limitOf({})).toEqual({ count: 20, seconds: 3_600 });
  expect(limitOf({ SIGN_IN_LIMIT: '5/second' })).toEqual({ count: 5, seconds: 1 });
  for (const wrong of ['0/hour', '20', '20/week', '-1/day', '1.5/minute', '20 / hour', '1000000/day']) {
    expect(() => limitOf({ SIGN_IN_LIMIT: wrong }), wrong).toThrow('SIGN_IN_LIMIT must be a number per second');
  }
});
