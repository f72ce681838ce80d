import type { Verb } from '../command-line/verb.ts';
import { findTarget } from '../connection/target.ts';
import { formatDatabaseUrl } from '../connection/url.ts';

export const verb: Verb = {
  examples: ['psql "$(pnpm -s db url)"'],

  async run(context) {
    const target = await findTarget(context);
    const url = formatDatabaseUrl(target.connection);
    context.output.print(url);
    if (target.connection.password) {
      const source = target.source === 'DB_HOST' ? 'DB_PASSWORD' : target.source;
      context.output.say(`The password is left out; it is in ${source}.`);
    }
    return { url, source: target.source };
  },
};
