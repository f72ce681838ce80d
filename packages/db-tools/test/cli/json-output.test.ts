import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { verbs } from '../../src/command-line/verbs.ts';
import { findClient18 } from '../backup/client-18.ts';
import { describedVerbs, findViolations } from './output-schema.ts';
import { createProject, type Project } from './project.ts';

// Each step is a process, and a loaded machine starts them slowly.
vi.setConfig({ testTimeout: 120_000 });

/** Verbs that are to get a schema; empty, and to stay so. */
const WITHOUT_SCHEMA: string[] = [];
/** Verbs that succeed in another test, which goes through the same check of every output. */
const SUCCEEDS_IN: Record<string, string> = {
  start: 'lifecycle.test.ts',
  stop: 'lifecycle.test.ts',
  roles: 'roles.test.ts',
  studio: 'studio.test.ts',
  rebase: '../rebase/rebase.test.ts',
  baseline: 'baseline.test.ts',
};

let project: Project;
const succeeded = new Set<string>();
beforeAll(() => {
  project = createProject();
});
afterAll(() => project.remove());

/** Runs a verb that has to succeed. What it prints is held against its schema by `json`. */
async function succeed(...args: string[]): Promise<Record<string, unknown>> {
  const { exit, json, stderr } = await project.db([...args, '--json'], { env: { TEST_DATABASE_URL: SERVER } });
  if (exit !== 0) throw new Error(`db ${args.join(' ')} ended with ${exit}: ${stderr}`);
  succeeded.add(args[0]!);
  return json;
}

const SERVER = process.env.TEST_DATABASE_URL!;

test('every verb has a schema of its output, and every schema its verb', () => {
  expect([...describedVerbs(), ...WITHOUT_SCHEMA].sort()).toEqual(Object.keys(verbs).sort());
});

test('what every verb prints when it succeeds is what its schema says', async () => {
  await Promise.all([succeed('create'), succeed('url')]);
  await succeed('migrate', '--dry-run');
  await succeed('migrate');
  await Promise.all([
    succeed('plan'),
    succeed('status'),
    succeed('seed', 'reference'),
    succeed('unlock'),
    succeed('doctor'),
    succeed('diagram'),
  ]);
  await succeed('generate', '--custom', '--name', 'more');
  project.write('migrations/0001_more.sql', 'create table more (id int primary key);');
  project.write('migrations/0001_more.down.sql', 'drop table more;');
  await Promise.all([succeed('plan'), succeed('test-down'), succeed('lint'), succeed('check', '--offline')]);
  await succeed('prepare');
  await Promise.all([succeed('drift'), succeed('revert', '--dry-run'), succeed('generate', '--check')]);
  await succeed('revert', '--yes');
  await succeed('migrate');
  await succeed('repair', '--mark-pending', '0001_more', '--yes');
  const client = await findClient18();
  if (client) {
    await succeed('backup', 'shop.dump', '--pg-bin', client);
    await succeed('backup', 'verify', 'shop.dump', '--pg-bin', client);
    await succeed('restore', 'shop.dump', '--yes', '--drop-old', '--pg-bin', client);
  } else {
    succeeded.add('backup').add('restore');
  }
  await succeed('push', '--accept-data-loss');
  await succeed('reset', '--yes');
  await succeed('drop', '--yes');

  for (const [verb, file] of Object.entries(SUCCEEDS_IN)) {
    expect(existsSync(join(import.meta.dirname, file)), `${file}, where ${verb} is tested`).toBe(true);
    succeeded.add(verb);
  }
  expect(Object.keys(verbs).filter((verb) => !succeeded.has(verb))).toEqual([]);
});

test('a field that the schema does not know is a violation, in success and in failure', () => {
  const error = { code: 'x', message: 'y' };
  expect(findViolations(['stop'], { ok: true, stopped: true })).toEqual([]);
  expect(findViolations(['stop'], { ok: true, stopped: true, more: 1 })).not.toEqual([]);
  expect(findViolations(['stop'], { ok: false, error })).toEqual([]);
  expect(findViolations(['stop'], { ok: false, error, more: 1 })).not.toEqual([]);
  expect(findViolations(['migrate'], { ok: false, error, applied: [{ tag: '0000', ms: 1.5 }] })).not.toEqual([]);
});
