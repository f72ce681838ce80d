import type { Verb } from '../command-line/verb.ts';

export const verb: Verb = {
  examples: ['pnpm db stop'],

  async run(context) {
    const { localPostgres } = await context.config();
    const { stopLocalPostgres } = await import('../local-postgres/index.ts');
    const stopped = await stopLocalPostgres(localPostgres.directory);
    context.output.say(stopped ? 'Stopped the local PostgreSQL.' : 'The local PostgreSQL is not running.');
    return { stopped };
  },
};
