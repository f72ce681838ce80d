import type { Sql } from 'postgres';
import { quoteIdentifier } from '../migrator/quote.ts';
import { withMaintenance } from './maintenance.ts';
import type { Target } from './target.ts';

/** What a database's comment begins with when these tools made it over loopback. */
export const LOCAL_MARK = 'db-tools:local';
/** Stands in the comment from creation until the first seeds have run, so that a kill in between loses no seed. */
export const UNSEEDED = 'unseeded';

/** The comment of a database of this server, empty when it has none; undefined when there is no such database. */
export async function readComment(sql: Sql, database: string): Promise<string | undefined> {
  const [row] = await sql<{ comment: string | null }[]>`
    select shobj_description(oid, 'pg_database') as comment from pg_database where datname = ${database}`;
  return row && (row.comment ?? '');
}

/** Whether the mark says that the first seeds have not run. */
export async function isUnseeded(target: Target): Promise<boolean> {
  const comment = await withMaintenance(target, (sql) => readComment(sql, target.connection.database));
  return /^db-tools:.*\bunseeded$/.test(comment ?? '');
}

/** Takes `unseeded` out of the mark. */
export async function markSeeded(target: Target): Promise<void> {
  const name = target.connection.database;
  await withMaintenance(target, async (sql) => {
    const comment = await readComment(sql, name);
    if (comment === undefined || !comment.endsWith(UNSEEDED)) return;
    const rest = comment === `${LOCAL_MARK} ${UNSEEDED}` ? `'${LOCAL_MARK}'` : 'null';
    await sql.unsafe(`comment on database ${quoteIdentifier(name)} is ${rest}`);
  });
}
