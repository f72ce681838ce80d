import { createSession, createUser } from '@org/db/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestService, type TestService } from '../src/testing/index.ts';
import { probe } from './probe.ts';

const app = 'https://app.example.com';

let service: TestService;
let token: string;
beforeAll(async () => {
  service = await startTestService(probe, { env: { CORS_ORIGINS: `${app},http://localhost:5173` } });
  const user = await createUser(service.db);
  token = (await createSession(service.db, { userId: user.id })).token;
});
afterAll(() => service?.close());

test('every answer, a refusal too, is kept by nobody, framed by nobody and taken for what it says it is', async () => {
  for (const path of ['/v1/things', '/v1/nothing', '/health/live', '/docs', '/openapi.json']) {
    const { headers } = await service.client.get(path, { token });
    expect(headers.get('cache-control'), path).toMatch(/no-store|max-age=0/);
    expect(headers.get('x-content-type-options'), path).toBe('nosniff');
    expect(headers.get('content-security-policy'), path).toMatch(
      /base-uri 'none'.*frame-ancestors 'none'.*object-src 'none'/,
    );
    expect(headers.get('referrer-policy'), path).toBe('no-referrer');
    expect(headers.get('content-type'), path).toMatch(/; ?charset=utf-8$/i);
    expect(headers.has('set-cookie'), path).toBe(false);
    expect(headers.has('x-powered-by'), path).toBe(false);
    expect(headers.has('server'), path).toBe(false);
    expect(headers.has('strict-transport-security'), path).toBe(false);
  }
});

test('in production HTTPS is promised for a year, and the docs are not shown', async () => {
  const production = await startTestService(probe, { env: { NODE_ENV: 'production' } });
  const { headers } = await production.client.get('/health/live');
  expect(headers.get('strict-transport-security')).toBe('max-age=31536000; includeSubDomains');
  expect((await production.client.get('/docs')).status).toBe(404);
  await production.close();
});

describe('a web page of another origin', () => {
  const get = (origin: string) => service.client.get('/v1/things', { token, headers: { origin } });
  const preflight = (origin: string, path = '/v1/things') =>
    service.client.request('OPTIONS', path, {
      headers: { origin, 'access-control-request-method': 'PATCH', 'access-control-request-headers': 'if-match' },
    });

  test('reads answers, and their headers, when it is on the list', async () => {
    const { headers } = await get(app);
    expect(headers.get('access-control-allow-origin')).toBe(app);
    expect(headers.get('vary')).toMatch(/origin/i);
    expect(headers.get('access-control-expose-headers')).toContain('etag');
    expect(headers.has('access-control-allow-credentials')).toBe(false);
    const asked = await preflight(app);
    expect(asked.status).toBe(204);
    expect(asked.headers.get('access-control-allow-origin')).toBe(app);
    expect(asked.headers.get('access-control-allow-methods')).toContain('PATCH');
    expect(asked.headers.get('access-control-allow-headers')).toContain('if-match');
  });

  test.each(['https://evil.example.com', 'https://app.example.com.evil.com', 'http://app.example.com', 'null'])(
    'that is not on the list, such as %s, reads nothing',
    async (origin) => {
      expect((await get(origin)).headers.has('access-control-allow-origin')).toBe(false);
      expect((await preflight(origin)).headers.has('access-control-allow-origin')).toBe(false);
    },
  );

  test('makes no difference to what an unknown path or method is', async () => {
    expect((await service.client.get('/v1/nothing', { headers: { origin: app } })).status).toBe(404);
    const wrong = await service.client.put('/v1/things', { body: {}, headers: { origin: app } });
    expect(wrong.headers.get('allow')).toBe('GET, HEAD, POST');
  });
});

test('without CORS_ORIGINS no page of another origin reads anything', async () => {
  const closed = await startTestService(probe);
  const { headers } = await closed.client.get('/health/live', { headers: { origin: app } });
  expect(headers.has('access-control-allow-origin')).toBe(false);
  expect((await closed.client.request('OPTIONS', '/v1/things', { headers: { origin: app } })).status).toBe(405);
  await closed.close();
});
