import type { Sql } from 'postgres';
import { count } from '../../command-line/output.ts';
import { type Check, type Finding, type OpenClone, ok, warn } from '../check.ts';

export const sessions: Check<OpenClone> = {
  name: 'transactions',
  run: ({ sql }) => findLong(sql, { open: 300, idle: 60 }),
};

/** Transactions that are in the way of VACUUM, and of whoever alters their tables; limits in seconds. */
export async function findLong(sql: Sql, limits: { open: number; idle: number }): Promise<Finding[]> {
  const rows = await sql<{ pid: number; application: string; state: string; age: number }[]>`
      select pid, application_name as application, state, extract(epoch from now() - xact_start)::int as age
      from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
        and (now() - xact_start > make_interval(secs => ${limits.open})
          or state like 'idle in transaction%' and now() - state_change > make_interval(secs => ${limits.idle}))
      order by xact_start`;
  if (rows.length === 0) return ok('None is open for long.');
  return rows.flatMap(({ pid, application, state, age }) =>
    warn(
      `${application || 'A session'} (pid ${pid}, ${state}) has had a transaction open for ${count(age, 'second')}.`,
      `SELECT pg_terminate_backend(${pid});`,
    ),
  );
}
