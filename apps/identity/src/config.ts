import { baseConfig, integer, port, rateLimit, readServiceConfig } from '@org/service';
import type { z } from 'zod';
import packageJson from '../package.json' with { type: 'json' };

const schema = baseConfig.extend({
  PORT: port.default(Number(packageJson.config.port)),
  /** Days that a session lasts from signing in. */
  SESSION_DAYS: integer(1, 365).default(30),
  /** Minutes after its last use that a session ends before that; 7 days unless given. */
  SESSION_IDLE_MINUTES: integer(5, 525_600).default(10_080),
  /** Registrations from one address. */
  REGISTRATION_LIMIT: rateLimit.prefault('100/hour'),
  /** Wrong passwords for one account from one address. */
  SIGN_IN_LIMIT: rateLimit.prefault('20/hour'),
  /** Wrong passwords from one address, for whatever accounts. */
  SIGN_IN_LIMIT_PER_ADDRESS: rateLimit.prefault('200/hour'),
  /** Wrong passwords for one account from addresses where it was not signed in to in the last 30 days. */
  SIGN_IN_LIMIT_PER_ACCOUNT: rateLimit.prefault('100/hour'),
});

export type Config = z.infer<typeof schema>;

/** The only reader of the environment here; `env` stands in for it in tests. */
export function readConfig(env?: Record<string, string | undefined>) {
  return readServiceConfig('identity', schema, env);
}
