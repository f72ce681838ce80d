import { count } from '../../command-line/output.ts';
import { status } from '../../migrator/index.ts';
import { migratorOptions } from '../../migrator-options.ts';
import { type Check, type OpenClone, ok, warn } from '../check.ts';

export const migrations: Check<OpenClone> = {
  name: 'migrations',
  async run({ target, config }) {
    const result = await status(migratorOptions(config, target, 'doctor'));
    if (result.problems.length > 0) {
      return result.problems.map(({ message, hint }) => ({ level: 'fail' as const, message, fix: hint }));
    }
    if (result.pending > 0) return warn(`${count(result.pending, 'migration')} pending.`, 'pnpm db migrate');
    return ok(`${count(result.migrations.length, 'migration')}, all applied.`);
  },
};
