import type { Rule } from '../rule.ts';
import { joinStatements } from '../safe-form.ts';

export const requireConcurrentIndexDeletion: Rule = {
  name: 'require-concurrent-index-deletion',
  level: 'error',
  squawk: ['require-concurrent-index-deletion'],
  check: (file) =>
    file.statements.flatMap((statement) => {
      const { parsed } = statement;
      if (parsed.kind !== 'drop' || parsed.what !== 'INDEX' || parsed.concurrently) return [];
      const names = parsed.names.filter((name) => !file.batch.isNew(name, statement));
      if (names.length === 0) return [];
      return [
        {
          at: statement,
          message: 'It waits for everybody who uses the table, and everybody who comes later waits behind it.',
          safe: [
            {
              migration: `drop_${names[0]!.name}`,
              sql: joinStatements(names.map(({ sql }) => `DROP INDEX CONCURRENTLY ${sql}`)),
            },
          ],
        },
      ];
    }),
};
