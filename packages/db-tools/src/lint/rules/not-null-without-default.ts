import { quoteIdentifier } from '../../migrator/quote.ts';
import type { Rule, SafeStep } from '../rule.ts';
import { backfillSafely, requireColumnSafely, sampleValue } from '../safe-form.ts';

export const notNullWithoutDefault: Rule = {
  name: 'not-null-without-default',
  level: 'error',
  squawk: ['adding-required-field'],
  check: (file) =>
    file.statements.flatMap((statement) => {
      const { parsed } = statement;
      if (parsed.kind !== 'alter-table' || file.batch.isNew(parsed.table, statement)) return [];
      return parsed.actions.flatMap((action) => {
        // A primary key has a rule of its own.
        if (action.kind !== 'add-column' || !action.column.notNull || action.column.filled || action.column.primaryKey)
          return [];
        const { name, type } = action.column;
        const { table } = parsed;
        const value = sampleValue(type, file.batch);
        const label = `${table.name}_${name.name}`;
        const fill: SafeStep[] = value
          ? [{ migration: `backfill_${label}`, sql: backfillSafely(table, name.name, value) }]
          : [{ do: `write a migration that fills ${name.sql} where it is NULL` }];
        return [
          {
            at: statement,
            message: `It fails as soon as ${table.sql} has a row: there is no value for ${name.sql}. And code that runs does not write it yet.`,
            safe: [
              {
                migration: `add_${label}`,
                sql: `ALTER TABLE ${table.sql} ADD COLUMN ${quoteIdentifier(name.name)} ${type};`,
              },
              { do: `release code that always writes ${name.sql}` },
              ...fill,
              { migration: `require_${label}`, sql: requireColumnSafely(table, name.name) },
            ],
          },
        ];
      });
    }),
};
