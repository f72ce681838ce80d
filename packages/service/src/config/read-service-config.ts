import { databaseUrlSource, type Environment, loadEnvironment } from '@org/db-tools/environment';
import type { z } from 'zod';
import type { ServiceConfig } from './base-config.ts';

/** The environment cannot be used; the message has one line per mistake, for the person who started the service. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * The configuration of the service `name`: `schema` applied to the environment, where `<NAME>_X` goes before `X`, and
 * where .env files and NAME_FILE secrets count (see loadEnvironment). `env` replaces all of that, for tests.
 * Throws a ConfigError that tells every mistake at once.
 */
export function readServiceConfig<Schema extends z.ZodObject<z.ZodRawShape>>(
  name: string,
  schema: Schema,
  env: Environment = loadEnvironmentOf(name),
): z.infer<Schema> & ServiceConfig {
  const result = schema.safeParse(valuesFor(name, schema, env));
  if (result.error) throw new ConfigError(describeMistakes(name, result.error, env));
  return { ...(result.data as z.infer<Schema> & ServiceConfig), name };
}

function loadEnvironmentOf(service: string): Environment {
  return explained(() => loadEnvironment({ service }));
}

function valuesFor(name: string, schema: z.ZodObject<z.ZodRawShape>, env: Environment): Environment {
  const values: Environment = env.NODE_ENV === 'production' ? { ...PRODUCTION } : { ...DEVELOPMENT };
  for (const variable of Object.keys(schema.shape)) {
    const value = env[nameUsed(name, variable, env)]?.trim();
    if (value) values[variable] = value;
  }
  const source = urlSource(name, env);
  const direct = urlSource(name, env, true);
  values.DATABASE_URL = source?.url;
  if (direct?.name !== source?.name) values.DATABASE_URL_DIRECT = direct?.url;
  return values;
}

// The defaults that depend on where it runs.
const DEVELOPMENT = { HOST: '127.0.0.1', DOCS_ENABLED: 'true', SHUTDOWN_DELAY: '0' };
const PRODUCTION = { HOST: '0.0.0.0', DOCS_ENABLED: 'false', SHUTDOWN_DELAY: '2000' };

/** The variable that a value came from: IDENTITY_PORT when it is set, else PORT. */
function nameUsed(service: string, variable: string, env: Environment): string {
  const own = `${service.toUpperCase().replaceAll('-', '_')}_${variable}`;
  return env[own]?.trim() ? own : variable;
}

function describeMistakes(name: string, error: z.ZodError, env: Environment): string {
  const mistakes = error.issues.map((issue) => {
    const variable = nameOf(name, String(issue.path[0]), env);
    const value = env[variable];
    if (!value) return `${variable} ${issue.message.startsWith('is ') ? '' : 'is not set; it '}${issue.message}.`;
    return `${variable} ${issue.message}${isSecret(variable) ? '' : `, not ${JSON.stringify(value)}`}.`;
  });
  return mistakes.join('\n');
}

/** The variable that a person has to look at: DB_HOST, when the URL was made of parts. */
function nameOf(service: string, variable: string, env: Environment): string {
  if (variable === 'DATABASE_URL') return urlSource(service, env)?.name ?? variable;
  if (variable === 'DATABASE_URL_DIRECT') return urlSource(service, env, true)?.name ?? variable;
  return nameUsed(service, variable, env);
}

function urlSource(service: string, env: Environment, direct = false) {
  return explained(() => databaseUrlSource(env, { service, direct }));
}

function isSecret(variable: string): boolean {
  return /URL|PASSWORD|SECRET|TOKEN|KEY/.test(variable);
}

/** A DbError of db-tools, as the ConfigError of the same words. */
function explained<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'DbError') throw error;
    const hint = 'hint' in error && error.hint ? ` ${error.hint}.` : '';
    throw new ConfigError(`${error.message}${hint}`, { cause: error });
  }
}
