import { expect, test } from 'vitest';
import type { MigrateEvent } from '../migrator/index.ts';
import { createMigrateProgress } from './migrate-progress.ts';
import type { VerbContext } from './verb.ts';

/** What is told of these events off a terminal. */
function tell(events: MigrateEvent[]) {
  const lines: string[] = [];
  const output = {
    say: (line: string) => lines.push(line.trim()),
    warn: (line: string) => lines.push(`warning ${line}`),
    print: () => {},
  };
  const progress = createMigrateProgress({ output, options: {} } as unknown as VerbContext);
  for (const event of events) progress.onEvent(event);
  progress.end();
  return { lines, applied: progress.applied, begun: progress.begun };
}

const started: MigrateEvent = { type: 'file-started', tag: '0001_index', statements: 2, mode: 'steps' };
const running = (elapsedMs: number, more: object = {}): MigrateEvent => ({
  ...{ type: 'statement-running', tag: '0001_index', statement: 1, sql: 'create index …', elapsedMs, waitingFor: [] },
  ...more,
});

test('an hour of one statement is told ever more rarely, at last once a minute', () => {
  const hour = Array.from({ length: 3600 }, (_, second) => running((second + 1) * 1000));
  const { lines } = tell([started, ...hour]);
  expect(lines.slice(0, 4)).toEqual(['1.0', '2.0', '4.0', '8.0'].map((at) => `0001_index, statement 1: ${at} s`));
  expect(lines).toHaveLength(6 + 59);
});

test('what changes is told at once: the phase of an index build with its percent, and who is in the way', () => {
  const api = {
    pid: 4711,
    application: 'api',
    user: 'app',
    state: 'idle in transaction',
    query: 'select 1',
    age: 12.4,
  };
  const { lines } = tell([
    started,
    running(1000, { progress: { phase: 'building index: scanning table', percent: 41 } }),
    running(1200, { progress: { phase: 'building index: scanning table', percent: 43 } }),
    running(1400, { progress: { phase: 'waiting for writers before validation' }, waitingFor: [api] }),
  ]);
  expect(lines).toEqual([
    '0001_index, statement 1: 1.0 s, building index: scanning table 41 %',
    '0001_index, statement 1: 1.4 s, waiting for writers before validation, waits for api (pid 4711, idle in transaction for 12 s: select 1)',
  ]);
});

test('a file is one line with whole milliseconds, and what is begun is known until it is complete', () => {
  const finished: MigrateEvent = { type: 'file-finished', tag: '0001_index', ms: 12.7 };
  expect(tell([started])).toEqual({ lines: [], applied: [], begun: { tag: '0001_index', mode: 'steps' } });
  expect(tell([started, finished])).toEqual({
    lines: ['0001_index  13 ms'],
    applied: [{ tag: '0001_index', ms: 13 }],
    begun: undefined,
  });
});

test('what follows the files goes by its own name', () => {
  const api = { pid: 4711, application: 'api', user: 'app', state: 'idle in transaction', query: '', age: 3 };
  const { lines } = tell([
    { ...running(1000, { waitingFor: [api] }), tag: 'grants', statement: 0 } as MigrateEvent,
    { type: 'retry', tag: 'grants', statement: 0, code: '55P03', attempt: 1, delayMs: 200, blockers: [api] },
  ]);
  expect(lines).toEqual([
    'grants: 1.0 s, waits for api (pid 4711, idle in transaction for 3 s)',
    'grants: its lock was not free in time (55P03), held by api (pid 4711, idle in transaction for 3 s); try 2 in 0.2 s',
  ]);
});
