import { hash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DomainError } from '../errors/domain-error.ts';
import { type CursorScope, decodeCursor, encodeCursor } from './cursor.ts';

const position = fc.record({
  createdAt: fc.date({
    min: new Date('0001-01-01T00:00:00.000Z'),
    max: new Date('9999-12-31T23:59:59.999Z'),
    noInvalidDate: true,
  }),
  id: fc.uuid(),
});
const scope: fc.Arbitrary<CursorScope> = fc.dictionary(
  fc.string(),
  fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null)),
);

test('a cursor gives back the position that it was made of', () => {
  fc.assert(
    fc.property(position, scope, (position, scope) => {
      expect(decodeCursor(encodeCursor(position, scope), scope)).toEqual(position);
    }),
  );
});

test('a cursor with any byte changed is refused', () => {
  fc.assert(
    fc.property(position, fc.nat(31), fc.integer({ min: 1, max: 255 }), (position, index, change) => {
      const bytes = Buffer.from(encodeCursor(position, {}), 'base64url');
      bytes[index]! ^= change;
      expect(() => decodeCursor(bytes.toString('base64url'), {})).toThrow(DomainError);
    }),
  );
});

test('no text throws anything but invalid_cursor', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.base64String()), (text) => {
      expect(() => decodeCursor(text, {})).toThrow(expect.objectContaining({ code: 'invalid_cursor' }));
    }),
  );
});

test('bytes with a right checksum are a time and an id that PostgreSQL has, or invalid_cursor', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 24, maxLength: 24 }), fc.boolean(), (bytes, isNear) => {
      // Most times of 64 bits are far away; of 48, most are of our years.
      if (isNear) bytes.fill(0, 0, 2);
      const check = hash('sha256', Buffer.concat([bytes, Buffer.from('[]')]), 'buffer').subarray(0, 8);
      try {
        const { createdAt, id } = decodeCursor(Buffer.concat([bytes, check]).toString('base64url'), {});
        expect(createdAt.toISOString()).toMatch(/^\d{4}-/);
        expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      } catch (error) {
        expect(error).toMatchObject({ code: 'invalid_cursor' });
      }
    }),
  );
});

test('a cursor is good for filters in any order, and for no other filters', () => {
  const position = { createdAt: new Date(0), id: '00000000-0000-7000-8000-000000000001' };
  const cursor = encodeCursor(position, { list: 'a', tag: 'x', folder: undefined });
  expect(decodeCursor(cursor, { tag: 'x', list: 'a' })).toEqual(position);
  for (const other of [{ list: 'a' }, { list: 'b', tag: 'x' }, { list: 'a', tag: 'x', folder: 'f' }]) {
    expect(() => decodeCursor(cursor, other)).toThrow(DomainError);
  }
});
