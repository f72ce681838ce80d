import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { withLockFile } from './lock.ts';
import { thisProcess } from './process-identity.ts';

function lockFile(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lock '));
  onTestFinished(() => fs.rmSync(folder, { recursive: true }));
  return path.join(folder, 'lock');
}

test('never two at once, and nothing is left', async () => {
  const file = lockFile();
  let inside = 0;
  const order: number[] = [];
  await Promise.all(
    [1, 2, 3, 4].map((n) =>
      withLockFile(file, async () => {
        expect(++inside).toBe(1);
        await new Promise((resolve) => setImmediate(resolve));
        inside--;
        order.push(n);
      }),
    ),
  );
  expect(order).toHaveLength(4);
  expect(fs.readdirSync(path.dirname(file))).toEqual([]);
});

test.each([
  ['of a dead process', JSON.stringify({ pid: 4_194_999, birth: 'x' })],
  ['of an earlier process with our id', JSON.stringify({ pid: process.pid, birth: 'x' })],
  ['that is damaged', 'x'],
])('a lock %s is taken over', async (_, content) => {
  const file = lockFile();
  fs.writeFileSync(file, content);
  await expect(withLockFile(file, async () => 'done')).resolves.toBe('done');
  expect(fs.readdirSync(path.dirname(file))).toEqual([]);
});

test('a lock held for too long is an error that names its holder', async () => {
  const file = lockFile();
  fs.writeFileSync(file, JSON.stringify(thisProcess()));
  await expect(withLockFile(file, async () => {}, 0.1)).rejects.toMatchObject({
    code: 'local_postgres_busy',
    exit: 4,
    message: expect.stringContaining(`"pid":${process.pid}`),
  });
  expect(fs.existsSync(file)).toBe(true);
});

test('a failure inside releases the lock', async () => {
  const file = lockFile();
  const fail = withLockFile(file, async () => {
    throw new Error('inside');
  });
  await expect(fail).rejects.toThrow('inside');
  expect(fs.existsSync(file)).toBe(false);
});
