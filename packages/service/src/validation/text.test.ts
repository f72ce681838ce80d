import { expect, test } from 'vitest';
import { name, text } from './text.ts';

test('text is trimmed, and counted after that', () => {
  expect(text({ max: 3 }).parse(' abc \n')).toBe('abc');
  expect(text({ max: 10, min: 0 }).parse('  ')).toBe('');
  for (const bad of ['', '   ', 'abcd', 'a\0', '\ud800', 7, null, ['a']]) {
    expect(text({ max: 3 }).safeParse(bad).success, JSON.stringify(bad)).toBe(false);
  }
});

test('a name is on one line, in any script', () => {
  for (const good of ['Zoë', '李小龍', 'a b', '👩‍👩‍👧', "O'Neil"]) expect(name({ max: 20 }).parse(good)).toBe(good);
  for (const bad of ['a\nb', 'a\u0007', 'a\u2028b', 'a\u0085b', 'a\u001b[31m']) {
    expect(name({ max: 20 }).safeParse(bad).success, JSON.stringify(bad)).toBe(false);
  }
});
