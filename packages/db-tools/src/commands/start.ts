import type { Verb } from '../command-line/verb.ts';
import { createDatabase } from '../connection/database.ts';
import { startLocalTarget } from '../connection/target.ts';
import { formatDatabaseUrl } from '../connection/url.ts';

export const verb: Verb = {
  examples: ['pnpm db start'],

  async run(context) {
    const target = await startLocalTarget(context, { evenInCi: true });
    const created = await createDatabase(target);
    const url = formatDatabaseUrl(target.connection);
    context.output.say(`The local PostgreSQL listens on port ${target.connection.port}: ${url}`);
    return { url, port: target.connection.port, created };
  },
};
