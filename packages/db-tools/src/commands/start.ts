import { createDatabase } from '../database.ts';
import { startLocalTarget } from '../target.ts';
import { formatDatabaseUrl } from '../url.ts';
import type { Verb } from '../verb.ts';

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
