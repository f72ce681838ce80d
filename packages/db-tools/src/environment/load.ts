import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { shellPath } from '../command-line/shell-path.ts';
import { formatDatabaseUrl, SSL_MODES } from '../connection/url.ts';
import { DbError } from '../errors.ts';

export type Environment = Record<string, string | undefined>;

/**
 * The environment of this process, then `apps/<service>/.env`, then `.env` at the root: the first that sets a name
 * wins. With NODE_ENV=production no .env is read. `NAME_FILE` beside a secret's name is replaced by the content of that
 * file. Throws a DbError when both NAME and NAME_FILE are set, or a file cannot be read or holds no secret.
 */
export function loadEnvironment(options: EnvironmentOptions = {}): Environment {
  const settings = Object.entries(traceEnvironment(options));
  return Object.fromEntries(settings.map(([name, { value }]) => [name, value]));
}

export interface EnvironmentOptions {
  root?: string;
  service?: string;
  env?: Environment;
}

/** A value and where it was found: `the environment` or a file. */
export interface Setting {
  value: string;
  source: string;
}

/** What loadEnvironment returns, with the place that gave each value. */
export function traceEnvironment(options: EnvironmentOptions = {}): Record<string, Setting> {
  const real = options.env ?? process.env;
  const layers = [{ source: 'the environment', values: readSecrets(real, 'the environment') }];
  if (real.NODE_ENV !== 'production') {
    const root = options.root ?? findWorkspaceRoot(process.cwd());
    const files = [...(options.service ? [join(root, 'apps', options.service, '.env')] : []), join(root, '.env')];
    layers.push(...files.map((source) => ({ source, values: readFile(source) })));
  }
  const merged: Record<string, Setting> = {};
  for (const { source, values } of layers) {
    for (const [name, value] of Object.entries(values)) {
      if (value === undefined || (value === '' && isConnectionName(name))) continue;
      merged[name] ??= { value, source };
    }
  }
  return merged;
}

/** The URL to connect to, or undefined when none is set. `direct` prefers the one that goes around a pooler. */
export function databaseUrl(env: Environment, options: UrlOptions = {}): string | undefined {
  return databaseUrlSource(env, options)?.url;
}

/**
 * The URL and the name of the variable that it comes from: `<SERVICE>_DATABASE_URL`, `DATABASE_URL`, then `DB_HOST` and
 * the other parts, `<SERVICE>_DB_HOST` before each; with `direct` first the same names with `_DIRECT`. Empty counts as
 * unset. Throws a DbError `incomplete_environment` when only some of the DB_* parts are set.
 */
export function databaseUrlSource(env: Environment, options: UrlOptions = {}): UrlSource | undefined {
  const prefix = options.service ? `${options.service.toUpperCase().replaceAll('-', '_')}_` : undefined;
  const names = [
    ...(options.direct && prefix ? [`${prefix}DATABASE_URL_DIRECT`] : []),
    ...(options.direct ? ['DATABASE_URL_DIRECT'] : []),
    ...(prefix ? [`${prefix}DATABASE_URL`] : []),
    'DATABASE_URL',
  ];
  for (const name of names) {
    const url = env[name]?.trim();
    if (url) return { url, name };
  }
  return fromParts(env, prefix ?? '');
}

interface UrlOptions {
  service?: string;
  direct?: boolean;
}

interface UrlSource {
  url: string;
  name: string;
}

/** The folder with pnpm-workspace.yaml at or above `from`; without one the nearest with a package.json, else `from`. */
export function findWorkspaceRoot(from: string): string {
  return findUpward(from, 'pnpm-workspace.yaml') ?? findUpward(from, 'package.json') ?? resolve(from);
}

function findUpward(from: string, name: string): string | undefined {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    if (existsSync(join(folder, name))) return folder;
    if (folder === dirname(folder)) return undefined;
  }
}

function readFile(file: string): Environment {
  if (!existsSync(file)) return {};
  return readSecrets(parseEnv(readText(file)) as Environment, file);
}

function readText(file: string): string {
  try {
    // With its byte order mark the first name would be another one.
    return readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  } catch (cause) {
    throw new DbError('env_file_unreadable', `${file} cannot be read: ${(cause as Error).message}.`, {
      hint: `ls -ld ${shellPath(file)}`,
      cause,
    });
  }
}

// Only names of secrets: SSL_CERT_FILE or COMPOSE_FILE are about other things.
const SECRET_FILE = /^(DB_[A-Z]+|(.*_)?(URL|URL_DIRECT|PASSWORD|SECRET|TOKEN|KEY))_FILE$/;

function readSecrets(layer: Environment, source: string): Environment {
  const secrets: Environment = {};
  for (const [fileVariable, file] of Object.entries(layer)) {
    if (!file || !SECRET_FILE.test(fileVariable)) continue;
    const name = fileVariable.slice(0, -'_FILE'.length);
    if (layer[name]) {
      throw new DbError('environment_conflict', `${name} and ${fileVariable} are both set in ${source}.`, {
        hint: `Remove one: unset ${name}`,
      });
    }
    const secret = readSecret(fileVariable, file);
    // Left out, it would send a verb to a weaker setting: another database.
    if (secret === '') {
      throw new DbError('secret_file_empty', `${fileVariable} names ${file}, which is empty.`, {
        hint: `Put the value of ${name} into it, or: unset ${fileVariable}`,
      });
    }
    secrets[name] = secret;
  }
  return { ...layer, ...secrets };
}

function readSecret(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (cause) {
    throw new DbError('secret_file_unreadable', `${name} names ${file}, which cannot be read.`, {
      hint: `ls -l ${shellPath(file)}`,
      cause,
    });
  }
}

const PARTS = ['DB_HOST', 'DB_PORT', 'DB_USER', 'DB_PASSWORD', 'DB_NAME', 'DB_SSLMODE'];
const NEEDED_PARTS = ['DB_HOST', 'DB_USER', 'DB_NAME'];

function isConnectionName(name: string): boolean {
  return PARTS.some((part) => name === part || name.endsWith(`_${part}`)) || /(^|_)DATABASE_URL(_DIRECT)?$/.test(name);
}

function fromParts(env: Environment, prefix: string): UrlSource | undefined {
  const nameOf = (part: string) => (env[prefix + part] ? prefix + part : part);
  const find = (part: string) => env[nameOf(part)] || undefined;
  const set = PARTS.filter(find);
  if (set.length === 0) return undefined;
  const missing = NEEDED_PARTS.filter((part) => !find(part));
  if (missing.length > 0) {
    const verb = (names: string[]) => (names.length > 1 ? 'are' : 'is');
    throw new DbError(
      'incomplete_environment',
      `${set.map(nameOf).join(', ')} ${verb(set)} set, but ${missing.join(', ')} ${verb(missing)} not.`,
      { hint: 'Set DB_HOST, DB_USER and DB_NAME (DB_PORT is 5432 unless set), or DATABASE_URL' },
    );
  }
  const port = find('DB_PORT') ?? '5432';
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65535) {
    throw new DbError('invalid_port', `${nameOf('DB_PORT')} is not a port number.`, { hint: 'DB_PORT=5432' });
  }
  const sslmode = find('DB_SSLMODE');
  if (sslmode !== undefined && !(SSL_MODES as readonly string[]).includes(sslmode)) {
    throw new DbError('invalid_sslmode', `${nameOf('DB_SSLMODE')} is none of ${SSL_MODES.join(', ')}.`, {
      hint: 'DB_SSLMODE=verify-full',
    });
  }
  const url = formatDatabaseUrl(
    {
      host: find('DB_HOST')!,
      port: Number(port),
      user: find('DB_USER')!,
      password: find('DB_PASSWORD') ?? '',
      database: find('DB_NAME')!,
      params: sslmode ? { sslmode } : {},
    },
    { withPassword: true },
  );
  return { url, name: nameOf('DB_HOST') };
}
