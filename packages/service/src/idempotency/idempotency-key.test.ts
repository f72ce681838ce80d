import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hashRequest } from './idempotency-key.ts';

test('bodies with the same members in another order have the same hash', () => {
  expect(hashRequest({ a: 1, b: { c: [1, 2], d: 'x' } })).toEqual(hashRequest({ b: { d: 'x', c: [1, 2] }, a: 1 }));
});

test('bodies that mean different things have different hashes', () => {
  fc.assert(
    fc.property(fc.json(), fc.json(), (a, b) => {
      const [first, second] = [JSON.parse(a), JSON.parse(b)];
      fc.pre(!isSame(first, second));
      expect(hashRequest(first)).not.toEqual(hashRequest(second));
    }),
  );
});

function isSame(a: unknown, b: unknown): boolean {
  try {
    expect(a).toEqual(b);
    return true;
  } catch {
    return false;
  }
}
