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
const manifest = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
const scripts = Object.keys(manifest.scripts);
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
  environment?: string;
  needs?: string | string[];
  steps: Step[];
}

/** Those that call another workflow have no steps, and the timeouts of what they call. */
const jobsOf = (file: string): [string, Job][] =>
  Object.entries<Job & { uses?: string }>(parse(read(file)).jobs).filter(([, { uses }]) => uses === undefined);
const callsOf = (file: string): [string, { uses: string; permissions?: Record<string, string> }][] =>
  Object.entries<{ uses: string }>(parse(read(file)).jobs).filter(([, { uses }]) => uses !== undefined);

/** What .ci/run does not run itself: the test that runs it, or why nothing can. */
const RUN_ELSEWHERE: Record<string, string> = {
  'pnpm verify:affected': 'scripts/test/verify-affected.test.ts',
  'pnpm check:migrations': 'scripts/test-migrations.ts',
  'pnpm release': 'scripts/test/release.test.ts',
  'pnpm release images': 'scripts/test-images.ts',
  'pnpm release login': 'scripts/test/release.test.ts',
  'pnpm run deploy': 'scripts/test-deploy.ts',
  'node scripts/comment-on-pull-request.ts': 'scripts/test/comment-on-pull-request.test.ts',
  // `verify` runs both.
  'pnpm test': 'package.json',
  'pnpm build': 'package.json',
};
const NOT_RUN: Record<string, string> = {
  'pnpm security:audit': 'asks the public registry for advisories, which others do not have',
  'pnpm test:faults': 'waits for servers that go away and come back, many minutes: every night',
};

/** Who may write what. */
const WRITERS = {
  'migrations.yml comment': ['pull-requests'],
  'release.yml versions': ['contents', 'pull-requests'],
  'release.yml images': ['packages'],
  'security.yml codeql': ['security-events'],
};

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
  const jobs = jobsOf(file);

  test('grants nothing on top, and says what each job may', () => {
    expect(workflow.permissions).toEqual({});
    for (const [name, job] of jobs) expect(job.permissions, name).toBeDefined();
    for (const [name, job] of callsOf(file)) expect(job.permissions, name).toEqual({ contents: 'read' });
  });

  test('ends: each job has a timeout, and a newer run takes the place of an older one or waits for it', () => {
    expect(workflow.concurrency).toHaveProperty('group');
    // There github.workflow is that of the caller, whose other calls would be waited for or ended.
    if ('workflow_call' in workflow.on) expect(workflow.concurrency.group).not.toContain('github.workflow');
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

test('no workflow runs with the rights of the base on the code of a pull request', () => {
  for (const file of workflows) {
    const { on } = parse(read(file));
    expect(Object.keys(on), file).not.toContain('pull_request_target');
    expect(Object.keys(on), file).not.toContain('workflow_run');
  }
});

test('nobody writes but who is named, and who writes for a pull request runs the code of the base', () => {
  const writers = workflows.flatMap((file) =>
    jobsOf(file).map(([name, { permissions }]): [string, string[]] => [
      `${path.basename(file)} ${name}`,
      Object.keys(permissions!).filter((right) => permissions![right] === 'write'),
    ]),
  );
  expect(Object.fromEntries(writers.filter(([, rights]) => rights.length > 0))).toEqual(WRITERS);
  const [, comment] = jobsOf('.github/workflows/migrations.yml').find(([name]) => name === 'comment')!;
  const checkout = comment.steps.find(({ uses }) => uses?.startsWith('actions/checkout@'))!;
  expect(checkout.with).toMatchObject({ ref: '$' + '{{ github.base_ref }}' });
  expect(
    comment.steps.filter(({ uses }) => uses?.startsWith('./')),
    'nor installs what it depends on',
  ).toEqual([]);
  const download = comment.steps.find(({ uses }) => uses?.startsWith('actions/download-artifact@'))!;
  expect(download.with?.path, 'nor lays files over it').toMatch(/^\$\{\{ runner\.temp \}\}\//);
});

test('secrets are those of an environment, which pull requests do not have', () => {
  for (const file of workflows) {
    for (const [name, job] of jobsOf(file)) {
      if (!JSON.stringify(job).includes('secrets.')) continue;
      expect(job.environment, `${file} ${name}`).toBeDefined();
      expect(parse(read(file)).on, file).not.toHaveProperty('pull_request');
    }
  }
});

test('nothing is released that has not passed what pull requests have to pass', () => {
  const file = '.github/workflows/release.yml';
  const called = callsOf(file).map(([name, { uses }]): [string, string] => [uses, name]);
  const gates = workflows.filter((gate) => 'workflow_call' in parse(read(gate)).on).map((gate) => `./${gate}`);
  expect(gates).toEqual(['./.github/workflows/test.yml', './.github/workflows/verify.yml']);
  expect(called.map(([uses]) => uses).sort()).toEqual(gates);
  const { versions, images } = Object.fromEntries(jobsOf(file));
  expect([...versions!.needs!].sort()).toEqual(called.map(([, name]) => name).sort());
  expect(images!.needs).toBe('versions');
});

test('what goes out is built without the cache of an earlier run', () => {
  for (const file of ['.github/workflows/release.yml', '.github/workflows/deploy.yml']) {
    for (const step of jobsOf(file).flatMap(([, { steps }]) => steps.filter(({ uses }) => uses?.startsWith('./'))))
      expect(step.with, file).toEqual({ cache: '' });
  }
});

test('every step runs a command of the root or a file of scripts/, alone', () => {
  for (const command of listCommands()) {
    expect(command, 'one command').not.toMatch(/[\n;|]|&&/);
    const [program, first, second] = command.split(/\s+/);
    if (command === 'pnpm install --frozen-lockfile') continue;
    expect(command, "pnpm's own command, when a flag follows").not.toMatch(/^pnpm deploy/);
    if (program === 'pnpm') expect(scripts, command).toContain(first === 'run' ? second : first);
    else
      expect(
        [program, first].find((word) => word?.startsWith('scripts/') && existsSync(path.join(root, word))),
        command,
      ).toBeDefined();
  }
});

test('and .ci/run runs each too, or a test that it runs does, so that no workflow rots unseen', () => {
  const ci = read('.ci/run');
  for (const command of listCommands()) {
    const name = nameOf(command);
    const isRun = new RegExp(`^phase \\S+ ${name}( |$)`, 'm').test(ci);
    const elsewhere = RUN_ELSEWHERE[name];
    expect(
      isRun || elsewhere || NOT_RUN[name],
      `${name} of a workflow is run by nothing that .ci/run runs`,
    ).toBeTruthy();
    if (!elsewhere) continue;
    expect(isRun, `${name} is run by .ci/run itself`).toBe(false);
    if (elsewhere === 'package.json') continue;
    // It calls the file that the command is, and .ci/run calls it.
    const script = name.startsWith('pnpm ') ? manifest.scripts[name.replace(/^pnpm (run )?/, '').split(' ')[0]!] : name;
    expect(
      [script, script?.replace('node scripts/', ''), name].some(
        (text) => text && read(elsewhere).includes(path.basename(text)),
      ),
    ).toBe(true);
    const own = Object.entries(manifest.scripts).find(([, text]) => text === `node ${elsewhere}`)?.[0];
    expect(elsewhere.startsWith('scripts/test/') || ci.includes(`pnpm ${own}`), `${elsewhere} is not run`).toBe(true);
  }
  const names = listCommands().map(nameOf);
  for (const name of [...Object.keys(RUN_ELSEWHERE), ...Object.keys(NOT_RUN)])
    expect(names, 'an exception that nothing needs').toContain(name);
});

/** Of every step of every workflow and action, the matrix filled in. */
function listCommands(): string[] {
  const steps = actions.flatMap((file) => parse(read(file)).runs.steps as Step[]);
  const filled = workflows.flatMap((file) =>
    jobsOf(file).flatMap(([, job]) => {
      const { include = [] } =
        (job as { strategy?: { matrix?: { include?: { command: string }[] } } }).strategy?.matrix ?? {};
      return job.steps.flatMap(({ run }) =>
        run?.includes('matrix.command')
          ? include.map(({ command }) => run.replace('$' + '{{ matrix.command }}', command))
          : [run],
      );
    }),
  );
  return [...steps.map(({ run }) => run), ...filled].filter((run) => run !== undefined).map((run) => run.trim());
}

/** The command without its flags. */
function nameOf(command: string): string {
  return command.replace(/ ["$-].*/, '');
}

test('what is passed to a shell from outside goes through the environment', () => {
  for (const command of listCommands()) expect(command).not.toContain('$' + '{{');
});
