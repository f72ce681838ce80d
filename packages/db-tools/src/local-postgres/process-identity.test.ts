import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { birthOf, isAlive, parseLinuxStat, parsePs, thisProcess } from './process-identity.ts';

test('this process is alive, the same id born at another time is not', () => {
  expect(isAlive(thisProcess())).toBe(true);
  expect(isAlive({ ...thisProcess(), birth: 'another' })).toBe(false);
});

test('an ended process is not alive', async () => {
  const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] });
  const identity = { pid: child.pid!, birth: birthOf(child.pid!)! };
  expect(isAlive(identity)).toBe(true);
  child.stdin.end();
  await once(child, 'exit');
  expect(isAlive(identity)).toBe(false);
});

test('every way of asking ps and /proc agrees on who lives', () => {
  expect(birthOf(process.pid, 'darwin')).toMatch(/^\w{12}$/);
  expect(birthOf(process.pid, 'darwin')).toBe(birthOf(process.pid, 'darwin'));
  expect(birthOf(4_194_999, 'darwin')).toBeUndefined();
  expect(birthOf(4_194_999)).toBeUndefined();
});

test('the start time is read after a command name with spaces and parentheses', () => {
  const fields = Array.from({ length: 48 }, (_, index) => String(index + 4));
  expect(parseLinuxStat(`12 (a) b (c)) S ${fields.join(' ')}`)).toBe('22');
});

test('a zombie is dead in both formats', () => {
  expect(parseLinuxStat('12 (postgres) Z 1 2 3')).toBeUndefined();
  expect(parsePs('Z    Fri Nov 20 06:53:00 2026\n')).toBeUndefined();
  expect(parsePs('')).toBeUndefined();
  expect(parsePs('Ss   Fri Nov 20 06:53:00 2026\n')).toBe('Fri Nov 20 06:53:00 2026');
});
