import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

const root = path.dirname(path.dirname(import.meta.dirname));
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const dockerfile = read('docker/Dockerfile');
const version = (name: string) => new RegExp(`^ARG ${name}=(\\d+\\.\\d+\\.\\d+)$`, 'm').exec(dockerfile)?.[1];

test('an image is built by the turbo of the lock file, and by a pnpm that package.json takes', () => {
  expect(Object.keys(parse(read('pnpm-lock.yaml')).packages)).toContain(`turbo@${version('TURBO_VERSION')}`);
  const { packageManager } = JSON.parse(read('package.json')).devEngines;
  expect(packageManager.version).toBe(`^${version('PNPM_VERSION')!.split('.')[0]}.0.0`);
});

test('no program gets into it by a version that is another tomorrow', () => {
  const lines = dockerfile.split('\n').filter((line) => /^RUN .*\b(npx|npm install)\b/.test(line));
  expect(lines.length).toBeGreaterThan(1);
  for (const line of lines) expect(line).toMatch(/ "\w+@\$\{\w+_VERSION\}"/);
});

test('a stand-in has no settings of npm, which may hold a token, and no name of an official image', () => {
  const script = read('scripts/make-stand-in-image');
  expect(script).not.toContain('.npmrc');
  expect(script).toContain('name="localhost/stand-in/');
});
