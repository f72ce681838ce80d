import { connect } from '../connection/connect.ts';
import { DbError, EXIT } from '../errors.ts';
import { startThrowawayPostgres } from '../local-postgres/index.ts';
import { removeLeftovers } from './leftovers.ts';

export interface TestServer {
  /** Of a database from which others may be created and dropped. */
  url: string;
  stop(): Promise<void>;
}

/**
 * The server that tests run on: the one that TEST_DATABASE_URL names, freed of what crashed runs left there and never
 * stopped, or else a throw-away one. Throws a DbError `test_server_unusable` for one that cannot copy databases.
 */
export async function startTestServer(url = process.env.TEST_DATABASE_URL): Promise<TestServer> {
  if (!url) return startThrowawayPostgres();
  await assertUsable(url);
  await removeLeftovers(url);
  return { url, stop: async () => {} };
}

async function assertUsable(url: string): Promise<void> {
  const sql = await connect(url);
  try {
    const [server] = await sql<[{ user: string; version: number; mayCreate: boolean }]>`
      select current_user as user, current_setting('server_version_num')::int as version,
             rolsuper or rolcreatedb as "mayCreate"
      from pg_roles where rolname = current_user`;
    if (server.version < 150_000) {
      throw unusable(`runs PostgreSQL ${Math.floor(server.version / 10_000)}`, 'Use a server of version 15 or newer');
    }
    if (!server.mayCreate) {
      throw unusable(`lets ${server.user} create no databases`, `As a superuser: ALTER ROLE "${server.user}" CREATEDB`);
    }
  } finally {
    await sql.end();
  }
}

function unusable(problem: string, hint: string): DbError {
  return new DbError('test_server_unusable', `The test server (TEST_DATABASE_URL) ${problem}.`, {
    exit: EXIT.wrongTarget,
    hint: `${hint}, or unset TEST_DATABASE_URL to use the embedded one`,
  });
}
