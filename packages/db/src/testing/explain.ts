import type { ClientSession } from '../client/drizzle.ts';
import type { Database } from '../transaction.ts';

/**
 * How PostgreSQL would read what `run` asks of the handle that it is given: the plan as text, of the last query if
 * there are several. Nothing is read: every query finds no rows.
 */
export async function explain(db: Database, run: (db: Database) => Promise<unknown>): Promise<string> {
  const { session } = db as unknown as { session: ClientSession };
  let plan = '';
  const runner = {
    async query(text: string, params: unknown[]) {
      const rows = await session.runner.query(`explain ${text}`, params);
      plan = (rows as { 'QUERY PLAN': string }[]).map((row) => row['QUERY PLAN']).join('\n');
      return [];
    },
  };
  const explaining = Object.create(session, { runner: { value: runner } });
  await run(Object.create(db, { session: { value: explaining } }));
  return plan;
}
