import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { helpText, parseVerb } from '../../src/command-line/usage.ts';
import type { Verb } from '../../src/command-line/verb.ts';
import { verbs } from '../../src/command-line/verbs.ts';
import { createProject, type Project } from './project.ts';

const CLI = join(import.meta.dirname, '..', '..', 'src', 'cli.ts');

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

test.each([
  ['stat', 'status'],
  ['gen', 'generate'],
  ['rest', 'restore'],
  ['migrat', 'migrate'],
])('%s is taken for the beginning of %s', async (given, meant) => {
  const { json } = await project.db([given, '--json']);
  expect(json.error.message).toBe(`There is no verb "${given}"; did you mean ${meant}?`);
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

test.each([
  [['drop', '--yes', '--url', ''], '--url is empty.'],
  [['--config=', 'status'], '--config is empty.'],
  [['migrate', '--to', ' '], '--to is empty.'],
  [['generate', '--rename', 'a=b', '--rename', ''], '--rename is empty.'],
  [['restore', ''], 'An argument is empty.'],
])('the empty value in %j is refused, since another one would be taken in its place', async (args, message) => {
  const { exit, json } = await project.db([...args, '--json']);
  expect([exit, json.error.code, json.error.message]).toEqual([1, 'usage', message]);
});

describe('the help of every verb', async () => {
  const loaded = await Promise.all(
    Object.entries(verbs).map(async ([name, { load }]) => [name, (await load()).verb as Verb] as const),
  );

  test.each(loaded)('%s fits 100 columns', (name, verb) => {
    const lines = helpText(name, verb).split('\n');
    expect(lines.filter((line) => line.length > 100)).toEqual([]);
  });

  test.each(loaded)('%s has examples that work', (name, verb) => {
    for (const example of verb.examples) {
      const [, typed, args] = /pnpm (?:-s )?db ([\w-]+) ?([^|)"]*)/.exec(example)!;
      expect(typed).toBe(name);
      expect(() => parseVerb(name, verb, args!.split(' ').filter(Boolean))).not.toThrow();
    }
  });
});

test('every verb explains itself', async () => {
  const { exit, stdout } = await project.db(['--help']);
  expect(exit).toBe(0);
  expect(stdout.split('\n').filter((line) => line.length > 100)).toEqual([]);
  for (const args of [['help'], ['help', 'help'], ['-h'], ['--quiet', 'help']])
    expect((await project.db(args)).stdout).toBe(stdout);
  expect((await project.db(['help', 'generate'])).stdout).toBe((await project.db(['generate', '-h'])).stdout);
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
  for (const args of [['--version'], ['-V'], ['migrate', '--version']]) {
    const { exit, stdout } = await project.db(args);
    expect(exit).toBe(0);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  }
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

test.runIf(process.platform === 'linux')('a result that cannot be written is a failure, a remark is not', async () => {
  const full = openSync('/dev/full', 'w');
  const exitOf = async (args: string[], stdout: number | 'ignore', stderr: number | 'ignore') => {
    const child = spawn(process.execPath, [CLI, ...args], {
      cwd: project.directory,
      env: { PATH: process.env.PATH!, DATABASE_URL: project.url },
      stdio: ['ignore', stdout, stderr],
    });
    return (await once(child, 'exit'))[0];
  };
  expect(await exitOf(['url', '--json'], full, 'ignore')).toBe(1);
  expect(await exitOf(['--help'], full, 'ignore')).toBe(1);
  expect(await exitOf(['url'], 'ignore', full)).toBe(0);
});

test('who reads the remarks may leave: prepare goes on to its end', async () => {
  const child = spawn(process.execPath, [CLI, 'prepare'], {
    cwd: project.directory,
    env: { PATH: process.env.PATH!, DATABASE_URL: project.url },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  child.stderr.destroy();
  expect((await once(child, 'exit'))[0]).toBe(0);
  expect((await project.db(['status', '--exit-code'])).exit).toBe(0);
});
