import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { booleanFlag } from './boolean-flag.ts';
import { inCi } from './in-ci.ts';
import { databaseUrl, databaseUrlSource, type Environment, findWorkspaceRoot, loadEnvironment } from './load.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'with spaces '));
  mkdirSync(join(root, 'apps', 'files'), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true }));

const write = (path: string, text: string) => writeFileSync(join(root, path), text);
const load = (env: Environment, service?: string) => loadEnvironment({ root, env, ...(service ? { service } : {}) });

describe('the first that sets a name wins', () => {
  test('the environment, then the .env of the service, then the one of the root', () => {
    write('.env', 'A=root\nB=root\nC=root\n');
    write('apps/files/.env', 'A=service\nB=service\n');
    expect(load({ A: 'real' }, 'files')).toEqual({ A: 'real', B: 'service', C: 'root' });
    expect(load({}).A).toBe('root');
  });

  test('in production no .env is read', () => {
    write('.env', 'A=root\n');
    expect(load({ NODE_ENV: 'production' })).toEqual({ NODE_ENV: 'production' });
  });

  test('a .env with a byte order mark and Windows line ends is read as it looks', () => {
    write('.env', '\uFEFFA=first\r\nB=second\r\n');
    expect(load({})).toEqual({ A: 'first', B: 'second' });
  });

  test('a .env that cannot be read is named', () => {
    mkdirSync(join(root, '.env'));
    expect(() => load({})).toThrow(`${join(root, '.env')} cannot be read`);
  });

  test('an empty connection variable counts as unset, another one is kept empty', () => {
    write('.env', 'DATABASE_URL=postgres://u@h/d\nLABEL=root\n');
    expect(load({ DATABASE_URL: '', LABEL: '' })).toEqual({ DATABASE_URL: 'postgres://u@h/d', LABEL: '' });
  });
});

describe('NAME_FILE', () => {
  test('is read, without its last line break, and wins over a weaker NAME', () => {
    write('secret', 'p@ss word\n');
    write('.env', 'DB_PASSWORD=weaker\n');
    expect(load({ DB_PASSWORD_FILE: join(root, 'secret') }).DB_PASSWORD).toBe('p@ss word');
  });

  test('beside NAME is refused, and so is a file that cannot be read', () => {
    write('secret', 'x');
    const both = { DATABASE_URL: 'postgres://u@h/d', DATABASE_URL_FILE: join(root, 'secret') };
    expect(() => load(both)).toThrow('DATABASE_URL and DATABASE_URL_FILE are both set in the environment.');
    expect(() => load({ API_TOKEN_FILE: '/nowhere' })).toThrow('API_TOKEN_FILE names /nowhere, which cannot be read.');
  });

  test('that is empty is refused, since another setting would be taken in its place', () => {
    write('secret', '\n');
    expect(() => load({ DATABASE_URL_FILE: join(root, 'secret') })).toThrow(
      `DATABASE_URL_FILE names ${join(root, 'secret')}, which is empty.`,
    );
  });

  test('of what is no secret is left alone', () => {
    expect(load({ SSL_CERT_FILE: '/nowhere', COMPOSE_FILE: 'x' })).toEqual({
      SSL_CERT_FILE: '/nowhere',
      COMPOSE_FILE: 'x',
    });
  });
});

describe('the database URL', () => {
  const all = {
    FILE_STORE_DATABASE_URL: 'service',
    DATABASE_URL: 'general',
    DATABASE_URL_DIRECT: 'direct',
    DB_HOST: 'h',
    DB_USER: 'u',
    DB_NAME: 'd',
  };

  test('a service has its own before the general one; direct comes first where it is asked for', () => {
    expect(databaseUrl(all)).toBe('general');
    expect(databaseUrl(all, { service: 'file-store' })).toBe('service');
    expect(databaseUrlSource(all, { direct: true })).toEqual({ url: 'direct', name: 'DATABASE_URL_DIRECT' });
    expect(databaseUrl({ ...all, DATABASE_URL_DIRECT: ' ' }, { direct: true })).toBe('general');
    expect(databaseUrl({})).toBeUndefined();
  });

  test('is put together from parts, with any password', () => {
    const parts = { DB_HOST: '::1', DB_USER: 'a b', DB_NAME: 'd', DB_PASSWORD: '/@:#?%' };
    expect(databaseUrl(parts)).toBe('postgres://a%20b:%2F%40%3A%23%3F%25@[::1]:5432/d');
    expect(databaseUrl({ ...parts, DB_PORT: '6432' })).toContain(':6432/d');
    expect(databaseUrl({ ...parts, DB_SSLMODE: 'disable' })).toMatch(/\/d\?sslmode=disable$/);
    expect(() => databaseUrl({ ...parts, DB_SSLMODE: 'off' })).toThrow('DB_SSLMODE is none of disable, require,');
  });

  test('of which a service has its own before the general ones', () => {
    const parts = { DB_HOST: 'h', DB_NAME: 'd', FILES_DB_USER: 'app_files', FILES_DB_PASSWORD: 'x', DB_USER: 'app' };
    expect(databaseUrlSource(parts, { service: 'files' })).toEqual({
      url: 'postgres://app_files:x@h:5432/d',
      name: 'DB_HOST',
    });
    expect(databaseUrl(parts, { service: 'credits' })).toBe('postgres://app@h:5432/d');
    expect(() => databaseUrl({ FILES_DB_PASSWORD: 'x', DB_HOST: 'h' }, { service: 'files' })).toThrow(
      'DB_HOST, FILES_DB_PASSWORD are set, but DB_USER, DB_NAME are not.',
    );
  });

  test('parts alone that do not suffice are named', () => {
    expect(() => databaseUrl({ DB_HOST: 'h', DB_PASSWORD: 'x' })).toThrow(
      'DB_HOST, DB_PASSWORD are set, but DB_USER, DB_NAME are not.',
    );
    expect(() => databaseUrl({ DB_HOST: 'h', DB_USER: 'u', DB_NAME: 'd', DB_PORT: '70000' })).toThrow('DB_PORT');
  });
});

test('the root is where the workspace file is, else the nearest package', () => {
  // Whatever lies above the temporary folder, such as a package.json of somebody else, is farther than this one.
  write('apps/package.json', '{}');
  expect(findWorkspaceRoot(join(root, 'apps', 'files'))).toBe(join(root, 'apps'));
  write('apps/files/package.json', '{}');
  expect(findWorkspaceRoot(join(root, 'apps', 'files'))).toBe(join(root, 'apps', 'files'));
  write('pnpm-workspace.yaml', '');
  expect(findWorkspaceRoot(join(root, 'apps', 'files'))).toBe(root);
});

test.each([
  [{}, false],
  [{ CI: '' }, false],
  [{ CI: 'false' }, false],
  [{ CI: '0' }, false],
  [{ CI: '1' }, true],
  [{ CI: 'true' }, true],
  [{ CI: 'woodpecker' }, true],
])('with %j it runs in CI: %s', (env, expected) => {
  expect(inCi(env)).toBe(expected);
});

test('a flag is true or false and nothing else', () => {
  expect(booleanFlag.parse('true')).toBe(true);
  expect(booleanFlag.parse('false')).toBe(false);
  for (const other of ['1', '0', 'yes', 'TRUE', '', undefined])
    expect(booleanFlag.safeParse(other).success).toBe(false);
});
