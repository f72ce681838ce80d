import { createSession, createUser } from '@org/db/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestService, type TestService } from '../src/testing/index.ts';
import { probe } from './probe.ts';

let service: TestService;
let token: string;
beforeAll(async () => {
  service = await startTestService(probe);
  const user = await createUser(service.db);
  token = (await createSession(service.db, { userId: user.id })).token;
});
afterAll(() => service?.close());

const path = '/v1/things/0198f1d2-0000-7000-8000-000000000000';

test.each([
  ['no header', undefined],
  ['another scheme', 'Basic YTpi'],
  ['no token', 'Bearer '],
  ['a token that nobody has', 'Bearer AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'],
  ['text after the token', 'Bearer a b'],
])('a route without @Public() is 401 with %s', async (_name, authorization) => {
  const reply = await service.client.get(path, { headers: authorization === undefined ? {} : { authorization } });
  expect(reply.status).toBe(401);
  expect(reply.body.code).toBe('unauthenticated');
  expect(reply.headers.get('www-authenticate')).toBe('Bearer');
});

test('a session that has expired, or whose user is deleted, is no session', async () => {
  const user = await createUser(service.db);
  const gone = await createUser(service.db, { deletedAt: new Date() });
  const expired = await createSession(service.db, { userId: user.id, expiresAt: new Date(Date.now() - 1000) });
  const orphan = await createSession(service.db, { userId: gone.id });
  for (const { token } of [expired, orphan]) expect((await service.client.get(path, { token })).status).toBe(401);
});

test('the scheme may be written in any case', async () => {
  expect((await service.client.get(path, { headers: { authorization: `bearer ${token}` } })).status).toBe(200);
});

describe('versions', () => {
  test('what is versioned is answered with its ETag', async () => {
    expect((await service.client.get(path, { token })).headers.get('etag')).toBe('"3"');
    const changed = await service.client.patch(path, { token, headers: { 'if-match': '"3"' } });
    expect(changed.headers.get('etag')).toBe('"4"');
  });

  test.each(['"3"', 'W/"3"', '"1", "3"', '*'])('what the client has by If-None-Match: %s is 304', async (tag) => {
    const reply = await service.client.get(path, { token, headers: { 'if-none-match': tag } });
    expect(reply).toMatchObject({ status: 304, body: undefined });
    expect(reply.headers.get('etag')).toBe('"3"');
    for (const name of ['content-type', 'content-length']) expect(reply.headers.has(name), name).toBe(false);
  });

  test('what the client does not have is answered whole, and nothing but a read is 304', async () => {
    const get = await service.client.get(path, { token, headers: { 'if-none-match': '"2"' } });
    expect(get).toMatchObject({ status: 200, body: { version: 3 } });
    const headers = { 'if-match': '"3"', 'if-none-match': '"4"' };
    expect((await service.client.patch(path, { token, headers })).status).toBe(200);
  });

  test('a change without If-Match is 428', async () => {
    const reply = await service.client.patch(path, { token });
    expect(reply.status).toBe(428);
    expect(reply.body.code).toBe('precondition_required');
  });

  test.each(['3', '"3', '3"', '"3"x', 'abc', 'W/3', 'w/"3"', '""3""', '"3" "4"', ''])(
    'If-Match: %s is 400',
    async (tag) => {
      const reply = await service.client.patch(path, { token, headers: { 'if-match': tag } });
      expect(reply.status).toBe(400);
      expect(reply.body).toMatchObject({ code: 'invalid', detail: expect.stringContaining('If-Match') });
    },
  );

  test.each(['"2"', 'W/"3"', '*', '"3", "4"', '"3","3"', '""', '"03"', '"abc"', '"-1"', '"99999999999"'])(
    'If-Match: %s is 412',
    async (tag) => {
      const reply = await service.client.patch(path, { token, headers: { 'if-match': tag } });
      expect(reply.status).toBe(412);
      expect(reply.body.code).toBe('precondition_failed');
    },
  );
});

describe('Idempotency-Key', () => {
  test('is required', async () => {
    const reply = await service.client.post('/v1/things/pay', { token });
    expect(reply.status).toBe(400);
    expect(reply.body.code).toBe('idempotency_key_required');
  });

  test.each(['', 'two words', 'x'.repeat(256)])('is refused as %j', async (key) => {
    const reply = await service.client.post('/v1/things/pay', { token, headers: { 'idempotency-key': key } });
    expect(reply.status).toBe(400);
    expect(reply.body.code).toBe('idempotency_key_invalid');
  });

  test('reaches the route', async () => {
    const reply = await service.client.post('/v1/things/pay', { token, headers: { 'idempotency-key': 'order-1' } });
    expect(reply.body).toEqual({ key: 'order-1' });
  });
});
