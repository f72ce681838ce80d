import { connect } from '../connection/connect.ts';
import { parseName, scopeOf } from './names.ts';

/**
 * Drops the templates and clones on this server that no living process uses, and returns their names. Only what
 * cloneDatabase() made, through the same maintenance database and as the same user; never what another run still needs.
 */
export async function removeLeftovers(serverUrl: string): Promise<string[]> {
  const sql = await connect(serverUrl, { applicationName: 'db-tools leftovers' });
  const removed: string[] = [];
  try {
    const [{ database }] = await sql<[{ database: string }]>`select current_database() as database`;
    const rows = await sql<{ name: string }[]>`
      select datname as name from pg_database where pg_get_userbyid(datdba) = current_user`;
    for (const { name } of rows) {
      const ours = parseName(scopeOf(database), name);
      if (!ours) continue;
      const [kind, id] = ours.lock;
      const [{ unused }] = await sql<[{ unused: boolean }]>`select pg_try_advisory_lock(${kind}, ${id}) as unused`;
      if (!unused) continue;
      await sql.unsafe(`drop database if exists ${name} with (force)`);
      await sql`select pg_advisory_unlock(${kind}, ${id})`;
      removed.push(name);
    }
    return removed;
  } finally {
    await sql.end();
  }
}
