import type { Rule } from '../rule.ts';

export const requireConcurrentIndexCreation: Rule = {
  name: 'require-concurrent-index-creation',
  level: 'error',
  squawk: ['require-concurrent-index-creation'],
  check: (file) =>
    file.statements.flatMap((statement) => {
      const { parsed, text } = statement;
      if (parsed.kind !== 'create-index' || parsed.concurrently || file.batch.isNew(parsed.table, statement)) return [];
      return [
        {
          at: statement,
          message: `Nobody can write ${parsed.table.sql} while the index is built. In the schema: .concurrently() on the index.`,
          safe: [
            {
              migration: `index_${parsed.table.name}`,
              sql: `${text.replace(/\bINDEX(\s+IF\s+NOT\s+EXISTS)?\b/i, 'INDEX CONCURRENTLY')};`,
            },
          ],
        },
      ];
    }),
};
