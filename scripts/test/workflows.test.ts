import { existsSync, globSync, readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

// It imports its schema, a JSON file, without the attribute that Node asks for.
registerHooks({
  load: (url, context, next) =>
    next(url, url.endsWith('.json') ? { ...context, importAttributes: { type: 'json' } } : context),
});
const { NoOperationTraceWriter, parseWorkflow } = await import('@actions/workflow-parser');

const root = path.dirname(path.dirname(import.meta.dirname));
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const scripts = Object.keys(JSON.parse(read('package.json')).scripts);
const workflows = globSync('.github/workflows/*.yml', { cwd: root }).sort();
const actions = globSync('.github/actions/*/action.yml', { cwd: root }).sort();

interface Step {
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
}

interface Job {
  'timeout-minutes'?: number;
  permissions?: Record<string, string>;
  steps: Step[];
}

test.each(workflows)('%s is what the schema of GitHub allows', (file) => {
  const { context } = parseWorkflow({ name: file, content: read(file) }, new NoOperationTraceWriter());
  expect(context.errors.getErrors().map((error) => error.message)).toEqual([]);
});

test('the schema refuses what is none', () => {
  const content = 'on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    step: []\n';
  const { context } = parseWorkflow({ name: 'broken.yml', content }, new NoOperationTraceWriter());
  expect(context.errors.getErrors()).not.toEqual([]);
});

describe.each(workflows)('%s', (file) => {
  const workflow = parse(read(file));
  const jobs: [string, Job][] = Object.entries(workflow.jobs);

  test('grants nothing on top, and says what each job may', () => {
    expect(workflow.permissions).toEqual({});
    for (const [name, job] of jobs) expect(job.permissions, name).toBeDefined();
  });

  test('ends: each job has a timeout, and a newer run takes the place of an older one or waits for it', () => {
    expect(workflow.concurrency).toHaveProperty('group');
    for (const [name, job] of jobs) expect(job['timeout-minutes'], name).toBeGreaterThan(0);
  });

  test('leaves no token in the checkout', () => {
    for (const step of jobs
      .flatMap(([, job]) => job.steps)
      .filter(({ uses }) => uses?.startsWith('actions/checkout@'))) {
      expect(step.with).toMatchObject({ 'persist-credentials': false });
    }
  });
});

test('actions of others are pinned by digest, or the line above says why not', () => {
  for (const file of [...workflows, ...actions]) {
    const lines = read(file).split('\n');
    for (const [i, line] of lines.entries()) {
      const [, action, version] = /uses: ([\w./-]+)@(\S+)/.exec(line) ?? [];
      if (!action || !version) continue;
      const pinned = /^[0-9a-f]{40}$/.test(version) && /# v\d/.test(line);
      const told = lines.slice(Math.max(0, i - 6), i).some((above) => above.includes('By tag:'));
      expect(pinned || told, `${file}: ${line.trim()}`).toBe(true);
    }
  }
});

test('every step runs a command of the root or a file of scripts/, so that it also runs elsewhere', () => {
  const steps = [
    ...workflows.flatMap((file) => (Object.values(parse(read(file)).jobs) as Job[]).flatMap((job) => job.steps)),
    ...actions.flatMap((file) => parse(read(file)).runs.steps as Step[]),
  ];
  for (const { run } of steps.filter(({ run }) => run !== undefined)) {
    expect(run!.trim(), 'one command').not.toMatch(/[\n;|]|&&/);
    expect(isOurs(run!), run).toBe(true);
  }
});

function isOurs(command: string): boolean {
  const [program, first, second] = command.trim().split(/\s+/);
  if (program === 'pnpm' && first === 'install') return true;
  if (program === 'pnpm' && first === '$' + '{{') return true; // the matrix, looked at below
  if (program === 'pnpm') return scripts.includes((first === 'run' ? second : first)!);
  const file = program === 'node' ? first! : program!;
  return file.startsWith('scripts/') && existsSync(path.join(root, file));
}

test('the matrix of tests names commands of the root', () => {
  const { include } = parse(read('.github/workflows/test.yml')).jobs.postgres.strategy.matrix;
  for (const { command } of include) expect(scripts).toContain(command);
});

test('what is passed to a shell from outside goes through the environment', () => {
  for (const file of workflows) {
    for (const { run } of (Object.values(parse(read(file)).jobs) as Job[]).flatMap((job) => job.steps)) {
      for (const [, expression] of run?.matchAll(/\$\{\{(.*?)\}\}/g) ?? []) {
        expect(expression!.trim(), file).toMatch(/^matrix\./);
      }
    }
  }
});
