import { expect, test } from 'vitest';
import { parseLsof } from './orphans.ts';

test('lsof tells the working directory of every process', () => {
  expect(parseLsof('p12\nfcwd\nn/home/a b/data\np13\nfcwd\nn/\n')).toEqual([
    { pid: 12, cwd: '/home/a b/data' },
    { pid: 13, cwd: '/' },
  ]);
  expect(parseLsof('')).toEqual([]);
});
