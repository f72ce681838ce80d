import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createProject } from '../../test/migrator/project.ts';
import { readMigrations } from './read-files.ts';

test('files come in the order of the journal, with the hash that drizzle computes', () => {
  const { directory } = createProject({ '0001_b': 'select 1;\n', '0000_a': 'select 2;\n' });
  const files = readMigrations(directory);
  expect(files.map(({ tag }) => tag)).toEqual(['0001_b', '0000_a']);
  expect(files[0]!.hash).toBe('4a45092ccf992ea92250053a80b931b787924ba61648f420555511b84f10ab6c');
});

test('a byte order mark is hashed, but is no SQL', () => {
  const { directory } = createProject({ '0000_a': '\uFEFFselect 1' });
  const [file] = readMigrations(directory);
  expect(file!.sql()).toBe('select 1');
});

test('the hashes of both kinds of line ends are known', () => {
  const unix = readMigrations(createProject({ '0000_a': 'a\nb\n' }).directory)[0]!;
  const windows = readMigrations(createProject({ '0000_a': 'a\r\nb\r\n' }).directory)[0]!;
  expect(unix.otherHashes()).toContain(windows.hash);
  expect(windows.otherHashes()).toContain(unix.hash);
});

test.each<[string, (project: ReturnType<typeof createProject>) => void, string]>([
  ['an empty journal', ({ directory }) => writeFileSync(path.join(directory, 'meta/_journal.json'), ''), 'is no JSON'],
  [
    'an unresolved merge',
    ({ directory }) => writeFileSync(path.join(directory, 'meta/_journal.json'), '<<<<<<< HEAD'),
    'is no JSON',
  ],
  [
    'a file that the journal lacks (D4)',
    ({ directory }) => writeFileSync(path.join(directory, '0007_x.sql'), ''),
    '0007_x.sql is not in meta/_journal.json, so it would never run.',
  ],
  ['a tag twice', ({ add }) => add('0000_a', 'x'), 'lists 0000_a twice'],
  ['a file that is not UTF-8', ({ add }) => add('0001_b', Buffer.from([0x73, 0xff, 0xfe])), '0001_b.sql is not UTF-8'],
  [
    'two files that cannot be told apart',
    ({ add }) => {
      add('0001_b', 'x', 5);
      add('0002_c', 'x', 5);
    },
    'cannot be told apart',
  ],
  ['a journal entry that leads out of the folder', ({ add }) => add('meta/x', ''), 'without a usable "tag"'],
  [
    'a journal entry that is none',
    ({ directory }) => writeFileSync(path.join(directory, 'meta/_journal.json'), '{"entries":[null]}'),
    'without a usable "tag"',
  ],
])('%s is refused before anything runs', (_, breakIt, message) => {
  const project = createProject({ '0000_a': 'select 1' });
  breakIt(project);
  expect(() => readMigrations(project.directory)).toThrow(
    expect.objectContaining({ exit: 3, message: expect.stringContaining(message) }),
  );
});

test('a journal that is gone is restored beside migrations, and begun without any', () => {
  const hintOf = (files: Record<string, string>) => {
    const { directory } = createProject(files);
    rmSync(path.join(directory, 'meta/_journal.json'));
    try {
      return readMigrations(directory);
    } catch (error) {
      return (error as { hint?: string }).hint;
    }
  };
  expect(hintOf({ '0000_a': 'select 1' })).toMatch(/^git checkout -- '.*_journal\.json'$/);
  expect(hintOf({})).toBe('Write the first migration: pnpm db generate');
});

test('a down file is not a migration', () => {
  const project = createProject({ '0000_a': 'select 1' });
  writeFileSync(path.join(project.directory, '0000_a.down.sql'), 'select 2');
  expect(readMigrations(project.directory)).toHaveLength(1);
});
