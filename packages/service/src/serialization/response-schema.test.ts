import { expect, test } from 'vitest';
import { z } from 'zod';
import { responseSchema } from './response-schema.ts';

const text = { type: 'string' };

test('an object is written with the members that it names, and no other', () => {
  const thing = z.object({
    id: z.uuid(),
    at: z.iso.datetime(),
    folder: z.uuid().nullable(),
    note: z.string().optional(),
  });
  expect(responseSchema(thing.meta({ id: 'Thing' }))).toMatchObject({
    type: 'object',
    properties: { at: text, folder: { ...text, nullable: true }, note: text },
    required: ['id', 'at', 'folder'],
    additionalProperties: false,
  });
});

test('a text is never trusted to need no escapes, whatever its format', () => {
  const all = z.object({ a: z.iso.datetime(), b: z.iso.date(), c: z.array(z.iso.time()), d: z.email(), e: z.url() });
  expect(JSON.stringify(responseSchema(all))).not.toContain('format');
});

test.each([
  ['a union', z.union([z.string(), z.int()])],
  ['a default', z.string().default('x')],
  ['a transform', z.string().transform(Number)],
  ['trimming', z.string().trim()],
  ['a date', z.date()],
  ['an object that passes on what it does not name', z.looseObject({})],
  ['an object whose other members are named by a rule', z.object({}).catchall(z.string())],
])('zod writes what has %s', (_, schema) => {
  expect(responseSchema(z.object({ items: z.array(z.object({ schema })) }))).toBeUndefined();
});
