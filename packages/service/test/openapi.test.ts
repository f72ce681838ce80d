import { afterAll, beforeAll, expect, test } from 'vitest';
import { documented, lintOpenApi, startTestService, type TestClient, type TestService } from '../src/testing/index.ts';
import { probe } from './probe.ts';

// biome-ignore lint/suspicious/noExplicitAny: parts of an OpenAPI document, asserted on
type Loose = any;

let service: TestService;
let document: Loose;
beforeAll(async () => {
  service = await startTestService(probe, { database: 'postgres://nobody@127.0.0.1:1/nothing' });
  document = (await service.client.get('/openapi.json')).body;
});
afterAll(() => service?.close());

const things = (path: string, method: string) => document.paths[`/v1/things${path}`][method];

test('every operation documents what it answers, and its problems as application/problem+json', () => {
  for (const [path, methods] of Object.entries<Record<string, Loose>>(document.paths)) {
    for (const [method, { responses }] of Object.entries(methods)) {
      const name = `${method} ${path}`;
      if (name === 'post /v1/things/fail') continue; // answers with problems only
      const success = Object.entries<Loose>(responses).filter(([status]) => status.startsWith('2'));
      expect(success, name).toHaveLength(1);
      const [[status, response]] = success as [[string, Loose]];
      expect(status === '204' || response.content['application/json'].schema, name).toBeTruthy();
      expect(responses.default.content, name).toHaveProperty(['application/problem+json']);
    }
  }
});

test('a route without @Public() asks for a session and documents 401, a public one does neither', () => {
  expect(document.security).toEqual([{ session: [] }]);
  expect(things('', 'get')).not.toHaveProperty('security');
  expect(things('', 'get').responses).toHaveProperty('401');
  expect(things('', 'post').security).toEqual([{}]);
  expect(things('', 'post').responses).not.toHaveProperty('401');
});

test('the query of a list is documented as the numbers and flags that it is', () => {
  const schemaOf = (name: string) => things('', 'get').parameters.find((each: Loose) => each.name === name);
  expect(schemaOf('limit')).toMatchObject({
    in: 'query',
    required: false,
    schema: { type: 'integer', minimum: 1, maximum: 100, default: 20 },
  });
  expect(schemaOf('count')).toMatchObject({ required: false, schema: { type: 'boolean' } });
  expect(schemaOf('cursor')).toMatchObject({ required: false, schema: { type: 'string' } });
});

test('what follows from a route is documented at it: input, If-Match, a list, the database', () => {
  expect(things('', 'get').responses['200'].headers).toHaveProperty('Link');
  expect(things('', 'get').responses['400'].description).toBe('Bad Request: `invalid`, `invalid_cursor`');
  expect(things('/{id}', 'get').responses['304'].headers).toHaveProperty('ETag');
  expect(things('', 'post').responses).toHaveProperty('413');
  expect(things('', 'get').responses).not.toHaveProperty('413');
  expect(things('/{id}', 'delete').responses['400'].description).toBe('Bad Request: `invalid`, `invalid_json`');
  expect(things('', 'get').responses['503'].headers).toHaveProperty('Retry-After');
  expect(JSON.stringify(document)).not.toMatch(/"x-(problem|header)-/);
});

test('a documented client throws at a status, and at a code, that the document does not tell', async () => {
  const client = await documented(service.client);
  expect((await client.post('/v1/things', { body: { label: 'a' } })).status).toBe(201);
  expect((await client.get('/v1/nothing')).status).toBe(404);
  const rule = client.post('/v1/things/fail', { body: { how: 'rule' } });
  await expect(rule).rejects.toThrow('POST /v1/things/fail: the document does not tell the status 409 (too_little).');
  const edited = structuredClone(document);
  edited.paths['/v1/things'].get.responses['401'].content[
    'application/problem+json'
  ].schema.allOf[1].properties.code.enum = [];
  const get = async () => ({ status: 200, headers: new Headers(), body: edited });
  const mistaken = await documented({ url: service.client.url, get } as unknown as TestClient);
  await expect(mistaken.get('/v1/things')).rejects.toThrow('the code unauthenticated with 401');
});

test('a linter finds what is wrong with a document', async () => {
  expect(await lintOpenApi(document)).toContainEqual(expect.stringMatching(/^operation-summary: /));
});

test('schemas with an id are components, once', () => {
  expect(things('', 'post').responses['201'].content['application/json'].schema).toEqual({
    $ref: '#/components/schemas/Thing',
  });
  expect(document.components.schemas.Thing.properties).toEqual({ id: { type: 'string' }, version: expect.anything() });
  expect(document.components.schemas.Problem.required).toContain('code');
});

test('the meaning of every code is told once: of those of all services, and of its own', () => {
  const codes = document.components.schemas.Problem.properties.code['x-codes'];
  expect(codes.too_little).toEqual({ status: 409, when: 'the balance is less than what is taken' });
  expect(codes.invalid_json).toEqual({ status: 400, when: 'the body is no JSON in UTF-8' });
});
