import { asRole, createRoles, grantDatabase, roleNames } from '@org/db-tools/access';
import { connect } from '@org/db-tools/connect';
import { parseDatabaseUrl } from '@org/db-tools/url';
import { access } from '../access.ts';
import type { RawClient } from '../client/raw-client.ts';
import { SQLSTATE } from '../errors.ts';
import { HISTORY_SCHEMA } from '../migrate.ts';

/** Of every test database on a server; not `app`, whose roles may be on the same one. */
const PREFIX = 'app_test';
const names = roleNames(access, PREFIX);

/**
 * Creates the roles of tests, which stay on the server, and returns their prefix. Each has the password of the test
 * server's user. Undefined, with a warning, where that user may create none: tests then run with its rights.
 */
export async function createTestRoles(url: string): Promise<string | undefined> {
  const { user, password } = parseDatabaseUrl(url);
  const sql = await connect(url);
  try {
    const passwordOf = () => password || undefined;
    const options = { access, historySchema: HISTORY_SCHEMA, prefix: PREFIX, exclusive: false, passwordOf };
    await createRoles(sql, { ...options, allPasswords: Boolean(password) });
    await joinRoles(sql);
    return PREFIX;
  } catch (error) {
    if ((error as { code?: string }).code !== SQLSTATE.insufficientPrivilege) throw error;
    console.warn(
      `Tests run without the rights of access.ts: ${user} may create no roles on TEST_DATABASE_URL's server. ` +
        `As a superuser: ALTER ROLE "${user}" CREATEROLE`,
    );
    return undefined;
  } finally {
    await sql.end();
  }
}

/** Only a superuser and a role's members may end its sessions, as dropping a database does. */
async function joinRoles(sql: Awaited<ReturnType<typeof connect>>): Promise<void> {
  const roles = [names.migrator, ...Object.values(names.services), names.readonly];
  const [isOrdinary] = await sql`select from pg_roles where rolname = current_user and not rolsuper`;
  if (isOrdinary) await sql.unsafe(`grant ${roles.join(', ')} to current_user`);
}

/**
 * Gives the roles access to a clone. Returns false, and gives none, when the clone's template was made without them.
 */
export async function grantClone(sql: RawClient): Promise<boolean> {
  const [row] = await sql<{ database: string; owner: string }>`
    select current_database() as database, pg_get_userbyid(nspowner) as owner from pg_namespace where nspname = 'identity'`;
  if (row?.owner !== names.owner) return false;
  const grants = grantDatabase(access, PREFIX, row.database).join('; ');
  // As one statement: the client sends no more at a time.
  await sql.unsafe(`do $do$ begin ${grants}; end $do$`);
  return true;
}

/** The same database as the role of a domain. */
export function roleUrl(url: string, domain: keyof typeof access.domains): string {
  return asRole(url, names.services[domain]!);
}
