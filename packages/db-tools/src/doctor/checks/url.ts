import { tlsOptions } from '../../connection/tls.ts';
import { isLoopback, parseDatabaseUrl } from '../../connection/url.ts';
import { inCi } from '../../environment/in-ci.ts';
import { databaseUrlSource } from '../../environment/load.ts';
import { type Check, type Clone, fail, ok, warn } from '../check.ts';

export const url: Check<Clone> = {
  name: 'url',
  run({ config, env, target }) {
    if (!target) {
      const source = databaseUrlSource(env);
      if (source) parseDatabaseUrl(source.url, source.name);
      if (env.NODE_ENV === 'production' || inCi(env)) {
        return fail(
          'No database is named, and none is started here.',
          'DATABASE_URL=postgres://user:password@host:5432/database',
        );
      }
      return warn(
        `The local PostgreSQL of this clone (${config.localPostgres.directory}) does not run.`,
        'pnpm db start',
      );
    }
    const pooled = databaseUrlSource(env);
    if (
      pooled &&
      target.source !== '--url' &&
      parseDatabaseUrl(pooled.url, pooled.name).database !== target.connection.database
    ) {
      return warn(
        `${pooled.name} names another database than ${target.source}: services and migrations would not meet.`,
        `End both with /${target.connection.database}`,
      );
    }
    return ok(`${target.name}, from ${target.source === 'local' ? 'the local server of this clone' : target.source}.`);
  },
};

export const tls: Check<Clone> = {
  name: 'tls',
  run({ target }) {
    if (!target) return ok('No database to ask.');
    const { host, params } = target.connection;
    const options = tlsOptions(target.connection);
    if (isLoopback(host)) return ok(options ? 'TLS, on this machine.' : 'None, since the server is on this machine.');
    if (!options) {
      return warn(
        `Passwords and rows go to ${host} as plain text (sslmode=disable).`,
        'Take sslmode=disable out of the URL',
      );
    }
    if (!options.rejectUnauthorized) {
      return warn(
        `The certificate of ${host} is not checked (sslmode=${params.sslmode}): anyone in between may pass for it.`,
        'sslmode=verify-full&sslrootcert=/path/ca.pem in the URL',
      );
    }
    return ok(`Only with a certificate that is checked (sslmode=${params.sslmode ?? 'verify-full'}).`);
  },
};
