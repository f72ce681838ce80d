import { baseConfig, integer, port, readServiceConfig } from '@org/service';
import type { z } from 'zod';
import packageJson from '../package.json' with { type: 'json' };

const schema = baseConfig.extend({
  PORT: port.default(Number(packageJson.config.port)),
  /** Days that a session lasts from signing in. */
  SESSION_DAYS: integer(1, 365).default(30),
});

export type Config = z.infer<typeof schema>;

/** The only reader of the environment here; `env` stands in for it in tests. */
export function readConfig(env?: Record<string, string | undefined>) {
  return readServiceConfig('identity', schema, env);
}
