import { findOwnershipProblems } from '../../access/find-problems.ts';
import { type Check, type OpenClone, ok, warn } from '../check.ts';

export const ownership: Check<OpenClone> = {
  name: 'ownership',
  async run({ sql, config }) {
    if (!config.access) return ok('No access is declared.');
    const problems = await findOwnershipProblems(sql, config.access, config.migrationsTable.schema);
    return problems.length > 0
      ? problems.flatMap((sentence) => warn(sentence, 'pnpm db roles'))
      : ok('As access declares it.');
  },
};
