import { baseConfig, port, readServiceConfig } from '@org/service';

const schema = baseConfig.extend({
  PORT: port.default(3003),
});

/** The only reader of the environment here; `env` stands in for it in tests. */
export function readConfig(env?: Record<string, string | undefined>) {
  return readServiceConfig('credits', schema, env);
}
