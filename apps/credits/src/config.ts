import { baseConfig, port, rateLimit, readServiceConfig } from '@org/service';
import type { z } from 'zod';
import packageJson from '../package.json' with { type: 'json' };

const schema = baseConfig.extend({
  PORT: port.default(Number(packageJson.config.port)),
  /** Postings to the ledger by one user, repeats included. */
  TRANSACTION_LIMIT: rateLimit.prefault('600/minute'),
});

export type Config = z.infer<typeof schema>;

/** The only reader of the environment here; `env` stands in for it in tests. */
export function readConfig(env?: Record<string, string | undefined>) {
  return readServiceConfig('credits', schema, env);
}
