import { isLoopback } from '../../connection/url.ts';
import { type Check, fail, type OpenClone, ok, warn } from '../check.ts';

export const rights: Check<OpenClone> = {
  name: 'rights',
  async run({ sql, target, config }) {
    const { schema } = config.migrationsTable;
    const [row] = await sql<
      [{ user: string; database: string; create: boolean; history: boolean; superuser: boolean }]
    >`
      select current_user as user, quote_ident(current_database()) as database, rolsuper as superuser,
        has_database_privilege(current_database(), 'CREATE') as create,
        coalesce((select has_schema_privilege(oid, 'USAGE') from pg_namespace where nspname = ${schema}), true) as history
      from pg_roles where rolname = current_user`;
    if (!row.history) {
      return fail(
        `${row.user} may not read the history of migrations in ${schema}.`,
        `GRANT USAGE ON SCHEMA ${schema} TO "${row.user}"; GRANT SELECT ON ALL TABLES IN SCHEMA ${schema} TO "${row.user}";`,
      );
    }
    if (!row.create) {
      return fail(
        `${row.user} may not create schemas in ${row.database}, so that it cannot migrate.`,
        `Set DATABASE_URL_DIRECT to the role that migrates, or: GRANT CREATE ON DATABASE ${row.database} TO "${row.user}";`,
      );
    }
    if (row.superuser && !isLoopback(target.connection.host)) {
      return warn(
        `${row.user} is a superuser: no right and no row policy holds it.`,
        'pnpm db roles, and connect as the migrator it makes',
      );
    }
    return ok(`${row.user} may create in ${row.database}.`);
  },
};
