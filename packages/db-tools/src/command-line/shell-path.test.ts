import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { shellPath, shellWord, shownPath } from './shell-path.ts';

beforeEach(() => {
  vi.stubEnv('INIT_CWD', undefined);
  vi.stubEnv('TURBO_HASH', undefined);
  vi.spyOn(process, 'cwd').mockReturnValue('/a clone');
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

test('below the folder of the command a path is relative, elsewhere absolute', () => {
  expect(shownPath('/a clone/migrations/0001_x.sql')).toBe('migrations/0001_x.sql');
  expect(shownPath('/elsewhere/0001_x.sql')).toBe('/elsewhere/0001_x.sql');
  expect(shownPath('/a clone')).toBe('/a clone');
});

test('where the command was typed in another folder than it runs in, a path is absolute', () => {
  vi.stubEnv('INIT_CWD', '/a clone/docs');
  expect(shownPath('/a clone/migrations/0001_x.sql')).toBe('/a clone/migrations/0001_x.sql');
  vi.stubEnv('INIT_CWD', '/a clone');
  expect(shownPath('/a clone/migrations/0001_x.sql')).toBe('migrations/0001_x.sql');
  vi.stubEnv('TURBO_HASH', 'f00d');
  expect(shownPath('/a clone/migrations/0001_x.sql')).toBe('/a clone/migrations/0001_x.sql');
});

test('for a shell it is quoted where it has to be, and no flag', () => {
  expect(shellPath('/a clone/migrations/0001_x.sql')).toBe('migrations/0001_x.sql');
  expect(shellPath("/it's/0001_x.sql")).toBe("'/it'\\''s/0001_x.sql'");
  expect(shellPath('/a clone/-rf')).toBe('./-rf');
});

test('any text is one word of a shell', () => {
  const text = fc.string({ unit: 'grapheme-ascii', minLength: 1 });
  fc.assert(
    fc.property(text, (word) => {
      expect(execFileSync('sh', ['-c', `printf %s ${shellWord(word)}`], { encoding: 'utf8' })).toBe(word);
    }),
    { numRuns: 30 },
  );
});
