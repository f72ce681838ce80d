import { baseConfig, port, readServiceConfig } from '@org/service';
import packageJson from '../package.json' with { type: 'json' };

const schema = baseConfig.extend({ PORT: port.default(Number(packageJson.config.port)) });

/** The only reader of the environment here; `env` stands in for it in tests. */
export function readConfig(env?: Record<string, string | undefined>) {
  return readServiceConfig('files', schema, env);
}
