import { pathToFileURL } from 'node:url';
import type { Verb } from '../command-line/verb.ts';
import { requireLocal } from '../connection/guard.ts';
import { findTarget, withConnection } from '../connection/target.ts';
import { tlsOptions } from '../connection/tls.ts';
import { usageError } from '../errors.ts';

export const verb: Verb<{ port?: string }> = {
  examples: ['pnpm db studio --port 5000'],

  configure: (command) => command.option('--port <port>', 'of the studio server', '4983'),

  async run(context) {
    const port = Number(context.options.port);
    if (!Number.isInteger(port) || port < 1 || port > 65535) {
      throw usageError('--port is not a port number.', 'pnpm db studio --port 4983');
    }
    const target = await findTarget(context);
    await requireLocal(target, await context.environment(), 'studio');
    // The page would only say that queries fail.
    await withConnection(target, async () => {});
    const { schema } = await context.config();
    const { startStudioPostgresServer } = await import('drizzle-kit/api');
    const { host, user, password, database, port: databasePort } = target.connection;
    const credentials = { host, port: databasePort, user, password, database, ssl: tlsOptions(target.connection) };
    await startStudioPostgresServer(await import(pathToFileURL(schema).href), credentials as never, {
      host: '127.0.0.1',
      port,
    });
    const page = `https://local.drizzle.studio?port=${port}&host=127.0.0.1`;
    context.output.say(`${target.name} is shown at ${page}; Ctrl-C ends it.`);
    context.output.warn(`while it runs, any page open in this browser can query ${target.name} through port ${port}`);
    await new Promise<void>((resolve) => context.signal.addEventListener('abort', () => resolve(), { once: true }));
    return { page };
  },
};
