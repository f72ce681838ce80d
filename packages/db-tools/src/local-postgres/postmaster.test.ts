import { expect, test } from 'vitest';
import { commandIsServerOf, parsePidFile } from './postmaster.ts';

const FILE = '4711\n/home/a b/data\n1763622000\n25432\n\n127.0.0.1\n  123456         7\nready   \n';

test('the pid file of a running server gives its process, port and state', () => {
  expect(parsePidFile(FILE)).toEqual({ pid: 4711, data: '/home/a b/data', port: 25432, state: 'ready' });
});

test('a pid file that is still being written gives no state, an empty one nothing', () => {
  expect(parsePidFile(FILE.split('\n').slice(0, 6).join('\n'))).toMatchObject({ pid: 4711, state: '' });
  expect(parsePidFile('')).toBeUndefined();
});

test('ps tells a server of the directory from its children, from a zombie and from other programs', () => {
  expect(commandIsServerOf('/x/bin/postgres -D /home/a b/data -c port=1', '/home/a b/data')).toBe(true);
  expect(commandIsServerOf('/x/bin/postgres -D /home/other -c port=1', '/home/a b/data')).toBe(false);
  expect(commandIsServerOf('postgres: checkpointer', '/home/a b/data')).toBe(false);
  expect(commandIsServerOf('(postgres)', '/home/a b/data')).toBe(false);
  expect(commandIsServerOf('', '/home/a b/data')).toBe(false);
});
