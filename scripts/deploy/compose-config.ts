import { databaseUrl, type Environment } from '@org/db-tools/environment';
import { type ConnectionTarget, isLoopback, parseDatabaseUrl } from '@org/db-tools/url';

/** The environments of docker/compose.yaml's containers as compose resolves them, by service. */
export type Environments = Record<string, Environment>;

/** What `docker compose config --format json` prints, where a dollar sign is written twice. */
export function readEnvironments(json: string): Environments {
  const { services } = JSON.parse(json) as {
    services: Record<string, { environment?: Record<string, string | null> }>;
  };
  const environments = Object.entries(services).map(([name, { environment = {} }]) => {
    const set = Object.entries(environment).flatMap(([variable, value]) =>
      value === null ? [] : [[variable, value.replaceAll('$$', '$')] as const],
    );
    return [name, Object.fromEntries(set)] as const;
  });
  return Object.fromEntries(environments);
}

/** The database that the container `migrate` changes. Throws a sentence when roles are made in another one. */
export function migrationsTarget(environments: Environments): ConnectionTarget {
  const migrate = connectionOf(environments, 'migrate');
  const roles = connectionOf(environments, 'roles');
  if (placeOf(migrate) !== placeOf(roles)) {
    throw new Error(
      `Migrations go to ${placeOf(migrate)} and roles to ${placeOf(roles)}. Set DATABASE_URL_DIRECT and ADMIN_DATABASE_URL, both or neither, to one database.`,
    );
  }
  return migrate;
}

export function placeOf({ host, port, database }: ConnectionTarget): string {
  return `${host}:${port}/${database}`;
}

/**
 * Throws a sentence when a part of the connection is in a file, which the container alone can read: the backup would be
 * of another database.
 */
export function refuseFiles({ migrate = {} }: Environments): void {
  const file = Object.keys(migrate).find((name) => /(^|_)(DATABASE_URL(_DIRECT)?|DB_[A-Z]+)_FILE$/.test(name));
  if (file === undefined) return;
  throw new Error(
    `What migrations connect with is in ${file}, which only their container reads. Take the backup yourself, then give --no-backup.`,
  );
}

function connectionOf(environments: Environments, container: string): ConnectionTarget {
  const url = databaseUrl(environments[container] ?? {}, { direct: true });
  if (url === undefined) throw new Error(`docker/compose.yaml names no database for ${container}.`);
  return parseDatabaseUrl(url, `The database of ${container}`);
}

/** The connection for PostgreSQL's own programs, with the TLS that `db` would use: see packages/db-tools/src/tls.ts. */
export function clientVariables(target: ConnectionTarget): Record<string, string> {
  const { sslmode, sslrootcert } = target.params;
  const mode = sslmode ?? (sslrootcert || !isLoopback(target.host) ? 'verify-full' : 'disable');
  const root = sslrootcert ?? (mode === 'verify-full' ? 'system' : undefined);
  return {
    PGHOST: target.host,
    PGPORT: String(target.port),
    PGUSER: target.user,
    PGPASSWORD: target.password,
    PGDATABASE: target.database,
    PGSSLMODE: mode,
    ...(root ? { PGSSLROOTCERT: root } : {}),
  };
}

/** The variables whose password is still the default of docker/compose.yaml, which is for one machine alone. */
export function defaultPasswords(environments: Environments): string[] {
  const { roles = {}, postgres = {} } = environments;
  const ownServer = connectionOf(environments, 'migrate').host in environments ? postgres : {};
  // A URL goes before the parts, whose password nobody uses then.
  const used = Object.entries(roles).filter(
    ([name]) => name.endsWith('_DB_PASSWORD') && !roles[name.replace(/DB_PASSWORD$/, 'DATABASE_URL')],
  );
  return [...used, ...Object.entries(ownServer)]
    .filter(([name, value]) => name.endsWith('_PASSWORD') && value === 'local')
    .map(([name]) => name)
    .sort();
}
