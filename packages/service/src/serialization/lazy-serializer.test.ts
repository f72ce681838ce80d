import fastify from 'fastify';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { lazySerializers, writtenBy } from './lazy-serializer.ts';

const thing = z.object({ id: z.string() });

test.each([
  ["Fastify's serialiser", thing],
  ['zod, where they would differ', z.union([thing, z.object({ none: z.literal(true) })])],
])('an answer is written by %s, without what its schema does not name', async (_, schema) => {
  const answer = await answerOf(schema, { id: 'a', secret: 'b' });
  expect(answer.statusCode).toBe(200);
  expect(answer.json()).toEqual({ id: 'a' });
});

test.each([
  ["Fastify's serialiser", thing],
  ['zod', z.union([thing, z.object({ none: z.literal(true) })])],
])('an answer that is not what its schema says is an error, by %s', async (_, schema) => {
  expect((await answerOf(schema, { secret: 'b' })).statusCode).toBe(500);
});

async function answerOf(schema: z.ZodType, answer: object) {
  const server = fastify({ schemaController: lazySerializers });
  server.get('/', { schema: { response: { 200: writtenBy(schema) } } }, async () => answer);
  return server.inject('/');
}
