import { afterAll, beforeAll, expect, test } from 'vitest';
import { verbs } from '../../src/verbs.ts';
import { createProject, type Project } from './project.ts';

let project: Project;
beforeAll(() => {
  project = createProject();
});
afterAll(() => project.remove());

test('an unknown verb is one sentence with the nearest one, and exit 1', async () => {
  const { exit, stdout, stderr } = await project.db(['stauts']);
  expect(exit).toBe(1);
  expect(stdout).toBe('');
  expect(stderr).toBe('error There is no verb "stauts"; did you mean status?\n      pnpm db status\n');
});

test('an unknown flag is one sentence with the nearest one, and one JSON object when that was asked for', async () => {
  const { exit, json } = await project.db(['migrate', '--dry-rum', '--json']);
  expect(exit).toBe(1);
  expect(json).toEqual({
    ok: false,
    error: {
      code: 'usage',
      message: "Unknown option '--dry-rum'; did you mean --dry-run?",
      hint: 'pnpm db migrate --help',
    },
  });
});

test.each([
  [['migrate', '--lock-wait', 'soon'], /number of seconds/],
  [['status', 'extra'], /Too many arguments/],
  [['migrate', '--to'], /argument missing/],
  [['constructor'], /no verb "constructor"/],
  [['studio', '--port', '0'], /not a port/],
])('%j is refused with a sentence', async (args, sentence) => {
  const { exit, json } = await project.db(['--json', ...args]);
  expect(exit).toBe(1);
  expect(json.error.message).toMatch(sentence);
});

test('every verb explains itself', async () => {
  const { exit, stdout } = await project.db(['--help']);
  expect(exit).toBe(0);
  for (const [name, { summary }] of Object.entries(verbs)) {
    expect(stdout).toMatch(new RegExp(`^  ${name} +${summary}$`, 'm'));
  }
  const generate = await project.db(['generate', '--help']);
  expect(generate.stdout).toContain('--rename <path=name>');
  expect(generate.stdout).toContain('With --auto it writes only for a local database');
});

test('flags of every verb may stand before it', async () => {
  const { json } = await project.db(['--json', '--url', 'mysql://u:secret@h/d', 'status']);
  expect(json.error).toMatchObject({
    code: 'invalid_url',
    message: '--url begins with mysql://, not with postgres://.',
  });
});

test('--version prints the version alone', async () => {
  const { exit, stdout } = await project.db(['--version']);
  expect(exit).toBe(0);
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test('without a verb the help and exit 1', async () => {
  const { exit, stderr } = await project.db([]);
  expect(exit).toBe(1);
  expect(stderr).toContain('Usage: db <verb>');
});

test('a config that cannot be loaded is named, without a stack', async () => {
  project.write('broken.config.ts', `throw new Error('what the config says')`);
  const { exit, stderr } = await project.db(['status', '--config', 'broken.config.ts']);
  expect(exit).toBe(1);
  expect(stderr).toContain('broken.config.ts cannot be loaded: what the config says');
  expect(stderr).not.toMatch(/^\s+at /m);
});
