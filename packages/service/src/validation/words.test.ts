import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { text } from './text.ts';
import { useOurWords } from './words.ts';

const { customError } = z.config();
beforeAll(() => useOurWords());
afterAll(() => void z.config({ customError }));

test.each([
  [z.string(), undefined, 'is required'],
  [z.enum(['a', 'b']), undefined, 'is required'],
  [z.string(), 7, 'must be a string'],
  [z.string(), null, 'must be a string'],
  [z.int(), 'x', 'must be a number'],
  [z.int(), 1.5, 'must be a whole number'],
  [z.boolean(), 'true', 'must be true or false'],
  [z.strictObject({}), [], 'must be an object'],
  [z.record(z.string(), z.string()), 'x', 'must be an object'],
  [z.array(z.string()), {}, 'must be a list'],
  [z.date(), 'x', 'must be of the type date'],
  [z.enum(['light', 'dark']), 'blue', 'must be one of light, dark'],
  [z.literal('light'), 'blue', 'must be light'],
  [text({ max: 3 }), '  ', 'must not be empty'],
  [text({ max: 3, min: 2 }), 'a', 'must have at least 2 characters'],
  [text({ max: 3 }), 'abcd', 'must have at most 3 characters'],
  [text({ max: 1 }), 'ab', 'must have at most 1 character'],
  [z.array(z.string()).min(1), [], 'must not be empty'],
  [z.array(z.string()).max(2), ['', '', ''], 'must have at most 2 items'],
  [z.int().min(1), 0, 'must be at least 1'],
  [z.int().positive(), 0, 'must be more than 0'],
  [z.int().max(9), 10, 'must be at most 9'],
  [z.int().lt(9), 9, 'must be less than 9'],
  [z.int().multipleOf(5), 6, 'must be a multiple of 5'],
  [z.uuid(), 'x', 'must be a UUID'],
  [z.iso.datetime(), 'x', 'must be a time such as 2026-01-31T12:00:00Z'],
  [z.string({ error: 'must be given once' }), undefined, 'must be given once'],
])('%$ is told in our words', async (schema, value, words) => {
  const { issues } = (await schema['~standard'].validate(value)) as { issues: { message: string }[] };
  expect(issues.map(({ message }) => message)).toEqual([words]);
});
