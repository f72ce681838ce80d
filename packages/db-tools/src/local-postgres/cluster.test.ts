import { expect, test } from 'vitest';
import { initdbArguments } from './cluster.ts';

test('sorting is the same on every platform, and macOS gets a character type that it knows', () => {
  const [linux, darwin] = ['linux', 'darwin'].map((platform) => initdbArguments('/d', { fsync: 'off' }, platform));
  for (const args of [linux, darwin]) {
    expect(args).toEqual(expect.arrayContaining(['--locale-provider=builtin', '--builtin-locale=C.UTF-8']));
    expect(args).toEqual(expect.arrayContaining(['--auth=trust', '--encoding=UTF8', '--set=fsync=off']));
  }
  expect(linux).toContain('--lc-ctype=C.UTF-8');
  expect(darwin).toContain('--lc-ctype=en_US.UTF-8');
});
