import { pino } from 'pino';
import { expect, test } from 'vitest';
import { logMigration } from './log-migration.ts';

const holder = {
  pid: 7,
  application: 'psql',
  user: 'ada',
  state: 'active',
  query: "update secrets set a = 'x'",
  age: 3,
};

test('what keeps a migration waiting is told without the SQL of others, and not every second', () => {
  const lines: { level: number; msg: string }[] = [];
  const onEvent = logMigration(pino({ base: null }, { write: (line: string) => void lines.push(JSON.parse(line)) }));
  onEvent({ type: 'waiting-for-lock', waitedMs: 250, holder });
  onEvent({ type: 'file-started', tag: '0001_a', statements: 1, mode: 'transaction' });
  for (const elapsedMs of [1_000, 2_000, 3_000]) {
    onEvent({
      type: 'statement-running',
      tag: '0001_a',
      statement: 1,
      sql: 'alter …',
      elapsedMs,
      waitingFor: [holder],
    });
  }
  onEvent({ type: 'file-finished', tag: '0001_a', ms: 3_100.4 });
  onEvent({ type: 'notice', severity: 'NOTICE', message: 'it exists' });
  onEvent({ type: 'notice', severity: 'WARNING', message: 'a role is missing' });
  expect(lines).toMatchObject([
    { level: 40, holder: '7 (psql)', msg: 'Waiting for another runner to migrate' },
    { level: 40, tag: '0001_a', statement: 1, ms: 1_000, waitingFor: ['7 (psql)'], msg: 'Still running' },
    { level: 30, tag: '0001_a', ms: 3_100, msg: 'Applied 0001_a' },
    { level: 40, msg: 'a role is missing' },
  ]);
  expect(JSON.stringify(lines)).not.toContain('secrets');
});
