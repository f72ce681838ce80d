import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const root = path.join(import.meta.dirname, '../..');
const sources = globSync('{apps/*,packages/service}/src/**/*.ts', { cwd: root }).filter(
  (file) => !/\.test\.ts$|\/testing\//.test(file),
);

test.each([
  ['SQL made of text', /\bsql\.raw\(|\.unsafe\(/],
  ['JavaScript made of text', /\beval\(|new Function\(|node:vm/],
  ['another program', /node:child_process/],
])('no source of a service runs %s', (_name, pattern) => {
  expect(sources.length).toBeGreaterThan(80);
  expect(sources.filter((file) => pattern.test(readFileSync(path.join(root, file), 'utf8')))).toEqual([]);
});

test('comments are no longer than the 120 columns of .editorconfig', () => {
  const files = globSync(['{apps,packages}/*/{src,test}/**/*.ts', 'scripts/**/*.ts'], { cwd: root });
  const long = files.flatMap((file) =>
    readFileSync(path.join(root, file), 'utf8')
      .split('\n')
      .flatMap((line, index) => (/^\s*(\/\/|\/?\*)/.test(line) && line.length > 120 ? [`${file}:${index + 1}`] : [])),
  );
  expect(files.length).toBeGreaterThan(600);
  expect(long).toEqual([]);
});
