import { expect, test } from 'vitest';
import { readDirectives } from './directives.ts';

test.each([
  [
    '-- db: transaction=none lock_timeout=5s statement_timeout=30min retries=3\nselect 1',
    { transaction: 'none', lockTimeout: 5000, statementTimeout: 1_800_000, retries: 3 },
  ],
  [
    '-- Custom SQL migration file, put your code below! --\n--db:lock_timeout=1500',
    { transaction: 'auto', lockTimeout: 1500 },
  ],
  [
    '-- db: allow=drop-without-contract,set-not-null phase=contract reason=nobody reads it since 2.3',
    {
      transaction: 'auto',
      allow: ['drop-without-contract', 'set-not-null'],
      phase: 'contract',
      reason: 'nobody reads it since 2.3',
    },
  ],
  [
    '-- db: irreversible reason=the rows are gone\n-- db: transaction=each',
    { transaction: 'each', irreversible: true, reason: 'the rows are gone' },
  ],
  ['select 1; -- db: transaction=none', { transaction: 'auto' }],
  ['-- about db: nothing', { transaction: 'auto' }],
])('%s', (sql, directives) => {
  expect(readDirectives(sql, 'x')).toEqual(directives);
});

test.each(['transaction=maybe', 'lock_timeout=soon', 'lock_timout=5s', 'retries=-1', 'phase=both', 'none'])(
  '%s is refused: a typo must not go unnoticed',
  (word) => {
    expect(() => readDirectives(`-- db: ${word}`, '0001_x')).toThrow(
      `0001_x.sql begins with a directive that cannot be read: ${word}.`,
    );
  },
);
