import { existsSync } from 'node:fs';
import { checkSchema } from '../../check/check-schema.ts';
import { type Check, type Clone, ok, warn } from '../check.ts';

/** Where the migrations lie alone, as in an image, there is nothing to compare them with. */
export const schema: Check<Clone> = {
  name: 'schema',
  async run({ config }) {
    if (!existsSync(config.schema)) return [];
    const ahead = await checkSchema(config.schema, config.migrations);
    if (ahead.length === 0) return ok('It is what the migrations make.');
    return ahead.flatMap(({ message, fix }) => warn(message, fix));
  },
};
