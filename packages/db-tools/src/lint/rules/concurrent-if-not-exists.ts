import type { Rule } from '../rule.ts';

export const concurrentIfNotExists: Rule = {
  name: 'concurrent-if-not-exists',
  level: 'error',
  check: (file) =>
    file.statements.flatMap((statement) => {
      const { parsed, text } = statement;
      if (parsed.kind !== 'create-index' || !parsed.concurrently || !parsed.ifNotExists) return [];
      return [
        {
          at: statement,
          message: `A build that breaks off leaves an INVALID index behind, which IF NOT EXISTS takes for the wanted one: the migration succeeds, no query uses the index. The runner knows by itself what a broken build left.`,
          safe: [
            {
              migration: `index_${parsed.table.name}`,
              sql: `${text.replace(/(CONCURRENTLY)\s+IF\s+NOT\s+EXISTS/i, '$1')};`,
            },
          ],
        },
      ];
    }),
};
