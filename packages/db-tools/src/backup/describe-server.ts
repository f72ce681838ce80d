import type { Sql, TransactionSql } from 'postgres';
import type { LoadedConfig } from '../config.ts';
import { DbError, EXIT } from '../errors.ts';
import { quoteIdentifier } from '../migrator/quote.ts';
import { readJournal } from '../migrator/read-files.ts';
import type { Manifest } from './manifest.ts';

type Reader = Sql | TransactionSql;
type MigrationConfig = Pick<LoadedConfig, 'migrations' | 'migrationsTable'>;

/** The version of the server. */
export async function readServer(sql: Reader): Promise<Manifest['server']> {
  const [{ version }] = await sql<[{ version: string }]>`select current_setting('server_version') as version`;
  return { version: version.split(' ')[0]!, major: Number.parseInt(version, 10) };
}

/** What a manifest says about the database beside its content. */
export async function describeDatabase(
  sql: Reader,
  config: MigrationConfig,
): Promise<Pick<Manifest, 'migrations' | 'extensions' | 'roles'>> {
  const [facts] = await sql<[{ extensions: string[]; owner: string | null; grants: string[]; policies: string[] }]>`
    select array_to_json(array(select extname from pg_extension order by 1)) as extensions,
      -- The first superuser owns what nobody else does, and is not in pg_shdepend.
      array_to_json(array(select rolname from pg_roles where oid = 10 or oid in (
        select refobjid from pg_shdepend where dbid = (select oid from pg_database where datname = current_database())
          and deptype in ('o', 'a')) order by 1)) as grants,
      (select pg_get_userbyid(c.relowner) from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind = 'r' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
        group by c.relowner order by count(*) desc, c.relowner limit 1) as owner,
      array_to_json(array(select distinct rolname from pg_policy p cross join unnest(p.polroles) r(oid)
        join pg_roles on pg_roles.oid = r.oid order by 1)) as policies`;
  return {
    migrations: await readMigrationHead(sql, config),
    extensions: facts.extensions,
    roles: { owner: facts.owner, grants: facts.grants, policies: facts.policies },
  };
}

/** Throws exit 5 behind a pooler, which would spread what pg_dump sets over the sessions of others. */
export async function refusePooler(sql: Sql): Promise<void> {
  const result = await sql.unsafe<{ pid: number }[]>('select pg_backend_pid() as pid').simple();
  const { state } = result as unknown as { state?: { pid: number } };
  if (!state || state.pid === result[0]!.pid) return;
  throw new DbError('pooler', 'There is a connection pooler between this process and the server.', {
    exit: EXIT.wrongTarget,
    hint: 'Set DATABASE_URL_DIRECT to the server itself',
  });
}

/** Null without a migration table. */
async function readMigrationHead(
  sql: Reader,
  { migrations, migrationsTable: { schema, table } }: MigrationConfig,
): Promise<Manifest['migrations']> {
  const name = `${quoteIdentifier(schema)}.${quoteIdentifier(table)}`;
  const [{ exists }] = await sql<[{ exists: boolean }]>`select to_regclass(${name}) is not null as exists`;
  if (!exists) return null;
  const [row] = await sql.unsafe<{ count: string; when: string | null }[]>(
    `select count(*)::text as count, max(created_at)::text as when from ${name}`,
  );
  return { head: tagOf(migrations, Number(row!.when)), count: Number(row!.count) };
}

/** Null for a migration that this checkout does not have. */
function tagOf(migrations: string, when: number): string | null {
  try {
    return readJournal(migrations).find((entry) => entry.when === when)?.tag ?? null;
  } catch {
    return null;
  }
}
