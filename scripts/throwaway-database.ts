import { connect } from '@org/db-tools/connect';
import { startThrowawayPostgres } from '@org/db-tools/local-postgres';
import { withDatabase } from '@org/db-tools/url';

export interface ThrowawayDatabase {
  /** As the superuser. */
  url: string;
  /** As a role of access.ts, `migrator` or a domain, once the roles are there. */
  as(role: string): string;
  stop(): Promise<void>;
}

/** An empty database `app` on a PostgreSQL of its own. */
export async function startThrowawayDatabase(): Promise<ThrowawayDatabase> {
  const server = await startThrowawayPostgres();
  const sql = await connect(server.url);
  await sql.unsafe('create database app');
  await sql.end();
  const app = withDatabase(server.url, 'app');
  return {
    url: app,
    as(role) {
      const url = new URL(app);
      url.username = `app_${role}`;
      return url.href;
    },
    stop: () => server.stop(),
  };
}
