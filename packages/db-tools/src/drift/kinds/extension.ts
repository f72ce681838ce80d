import { quoteLiteral } from '../../migrator/quote.ts';
import type { KindSql } from '../kind-sql.ts';

type Extension = { schema: string; version?: string };

export const extension: KindSql<Extension> = {
  create: ({ name, definition: { schema, version } }) => [
    `CREATE EXTENSION ${name} WITH SCHEMA ${schema}${version === undefined ? '' : ` VERSION ${quoteLiteral(version).trim()}`}`,
  ],
  drop: ({ name }) => [`DROP EXTENSION ${name}`],
  alter({ name, definition: before }, { definition: after }) {
    const statements: string[] = [];
    if (before.schema !== after.schema) statements.push(`ALTER EXTENSION ${name} SET SCHEMA ${after.schema}`);
    if (before.version !== after.version) {
      // No extension promises a way back, and seldom is one other than the newest wanted on purpose.
      statements.push(
        after.version === undefined
          ? `ALTER EXTENSION ${name} UPDATE`
          : `-- the extension ${name} should have the version ${after.version}, in place of ${before.version ?? 'the newest'}`,
      );
    }
    return { statements };
  },
  isReplaceable: () => false,
};
