import type { Verb } from '../command-line/verb.ts';
import { connect } from '../connection/connect.ts';

export const verb: Verb = {
  examples: ['pnpm db stop'],

  async run(context) {
    const { localPostgres } = await context.config();
    const { localPostgresStatus, stopLocalPostgres } = await import('../local-postgres/index.ts');
    const server = await localPostgresStatus(localPostgres.directory);
    const connections = server && (await countConnections(server.url));
    const stopped = await stopLocalPostgres(localPostgres.directory);
    context.output.say(stopped ? 'Stopped the local PostgreSQL.' : 'The local PostgreSQL is not running.');
    if (!stopped || connections === undefined) return { stopped };
    if (connections > 0) {
      const ended = connections === 1 ? '1 connection has ended' : `${connections} connections have ended`;
      context.output.say(`${ended} with it; services that run answer 503 until: pnpm db start`);
    }
    return { stopped, connections };
  },
};

/** Of others; undefined when the server does not say so soon: it is to be stopped all the same. */
async function countConnections(url: string): Promise<number | undefined> {
  try {
    const sql = await connect(url, { connectTimeout: 2, applicationName: 'db stop' });
    try {
      const [row] = await sql<[{ others: number }]>`
        select count(*)::int as others from pg_stat_activity
        where backend_type = 'client backend' and pid <> pg_backend_pid()`;
      return row.others;
    } finally {
      await sql.end({ timeout: 1 });
    }
  } catch {
    return undefined;
  }
}
