import { expect, test } from 'vitest';
import { newClone, parseName, scopeOf, templateOf } from './names.ts';

test('a name tells the lock that its user holds', () => {
  const scope = scopeOf('postgres');
  for (const database of [newClone(scope), templateOf(scope, 'key')]) {
    expect(parseName(scope, database.name)).toEqual(database);
    expect(database.name).toMatch(/^[a-z0-9_]{1,63}$/);
    expect(database.lock.every((part) => Number.isInteger(part) && Math.abs(part) <= 2 ** 31)).toBe(true);
  }
});

test('templates have the name of their key, clones each their own', () => {
  const scope = scopeOf('postgres');
  expect(templateOf(scope, 'a')).toEqual(templateOf(scope, 'a'));
  expect(templateOf(scope, 'a').name).not.toBe(templateOf(scope, 'b').name);
  expect(newClone(scope).name).not.toBe(newClone(scope).name);
});

test.each(['postgres', 'app', 'db_test_of_somebody', 'db_test_abcdef_c_12345678'])('%s is not ours', (name) => {
  expect(parseName(scopeOf('postgres'), name)).toBeUndefined();
});

test('another entrance is another scope', () => {
  expect(parseName(scopeOf('app'), newClone(scopeOf('postgres')).name)).toBeUndefined();
});
