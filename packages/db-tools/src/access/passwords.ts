import type { Target } from '../connection/target.ts';
import { parseDatabaseUrl } from '../connection/url.ts';
import { databaseUrlSource, type Environment, loadEnvironment } from '../environment/load.ts';
import type { Access } from './declaration.ts';

/**
 * The password of a role, by name: that of the URL or the parts in the environment which log in as it, such as
 * FILES_DATABASE_URL or FILES_DB_USER and FILES_DB_PASSWORD; so that it is written in one place. On a local server,
 * else, that of the URL connected with.
 */
export async function passwordsOf(options: {
  access: Access;
  root: string;
  target: Target;
  environment: Environment;
}): Promise<(role: string) => string | undefined> {
  const { access, root, target, environment } = options;
  const urls = Object.keys(access.domains).map(
    (service) => databaseUrlSource(loadEnvironment({ root, service }), { service })?.url,
  );
  const passwords = new Map<string, string>();
  const others = ['migrator', 'readonly'].map((service) => databaseUrlSource(environment, { service })?.url);
  for (const url of [environment.DATABASE_URL_DIRECT, ...others, ...urls]) {
    if (!url) continue;
    const { user, password } = parseDatabaseUrl(url);
    if (password) passwords.set(user, password);
  }
  const { isLocal } = await import('../connection/guard.ts');
  const common = (await isLocal(target, environment)) ? target.connection.password : '';
  return (role) => passwords.get(role) ?? (common || undefined);
}
