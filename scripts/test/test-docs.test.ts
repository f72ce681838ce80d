import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { perform } from '../test-docs/perform.ts';
import { readBlocks } from '../test-docs/read-blocks.ts';

const block = (...lines: string[]) => readBlocks(lines.join('\n'))[0]!;

test('blocks that say what they are for are found, without the margin of a list; others are left alone', () => {
  const page = ['```sh', 'rm -rf /', '```', '1. Type:', '', '   ```sh runnable needs=pg_dump', '   true', '   ```', ''];
  expect(readBlocks(page.join('\n'))).toEqual([{ line: 6, does: 'run', file: '', text: 'true\n', needs: 'pg_dump' }]);
});

test('a file is written, added to and changed where its old lines are once', async () => {
  const { folder, read } = makeFolder();
  await perform(folder, block('```ts new a/b.ts', 'one', 'two', '```'));
  await perform(folder, block('```ts append a/*.ts', 'three', '```'));
  await perform(folder, block('```diff a/b.ts', ' two', '+and a half', '-three', '```'));
  expect(read('a/b.ts')).toBe('one\ntwo\nand a half\n');
  await expect(perform(folder, block('```diff a/b.ts', '-four', '```'))).rejects.toThrow('0 times, not once');
  await expect(perform(folder, block('```ts append c/*.ts', 'x', '```'))).rejects.toThrow('is 0 files, not one');
});

test('what is typed has to succeed, and to show the lines of its transcript in their order', async () => {
  const { folder } = makeFolder();
  const transcript = (...lines: string[]) => perform(folder, block('```console runnable', ...lines, '```'));
  await transcript('$ echo "Applied 3 in 12 ms to /tmp/app"; echo more; echo end', 'Applied 1 in 7 ms to …', 'end');
  await transcript('$ echo "error no such thing"; exit 3', 'error no such thing');
  await expect(transcript('$ echo one; echo two', 'two', 'one')).rejects.toThrow('this line is not seen:\none');
  await expect(transcript('$ exit 3')).rejects.toThrow('it ended with 3');
  await expect(perform(folder, block('```sh runnable', 'false', 'true', '```'))).rejects.toThrow('it ended with 1');
});

test('the number of a migration stands for the one that it got', async () => {
  const { folder } = makeFolder();
  await perform(folder, block('```sql new packages/db/migrations/0123_add_note.sql', 'select 1;', '```'));
  await perform(folder, block('```console runnable', '$ ls packages/db/migrations/0007_add_note.sql', '```'));
});

function makeFolder() {
  const folder = mkdtempSync(path.join(tmpdir(), 'test docs '));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(path.join(folder, 'package.json'), '{}');
  return { folder, read: (file: string) => readFileSync(path.join(folder, file), 'utf8') };
}
