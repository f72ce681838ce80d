import { documented, startTestService, type TestService } from '@org/service/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AppModule } from '../src/app.module.ts';
import { codes } from '../src/codes.ts';
import { readConfig } from '../src/config.ts';

let service: TestService;
beforeAll(async () => {
  service = await startTestService({ module: AppModule, config: readConfig, codes });
  service.client = await documented(service.client);
});
afterAll(() => service?.close());

test('a user registers, signs in, changes the profile and settings, and signs out', async () => {
  const { client } = service;
  const ada = { email: 'Ada@Example.com', password: 'correct horse', name: ' Ada ' };

  const created = await client.post('/v1/users', { body: ada });
  expect(created.status).toBe(201);
  expect(created.body).toMatchObject({ email: 'ada@example.com', name: 'Ada', role: 'member' });
  expect(created.body).not.toHaveProperty('passwordHash');

  const session = await client.post('/v1/sessions', { body: { email: 'ADA@example.com', password: ada.password } });
  expect(session.status).toBe(201);
  const { token } = session.body;

  expect((await client.get('/v1/users/me', { token })).body).toEqual(created.body);
  expect((await client.patch('/v1/users/me', { token, body: { name: 'Ada L.' } })).body.name).toBe('Ada L.');

  expect((await client.get('/v1/users/me/settings', { token })).body).toEqual({});
  const settings = { theme: 'dark', locale: 'en-GB', notifications: { email: true } };
  expect((await client.put('/v1/users/me/settings', { token, body: settings })).body).toEqual(settings);
  expect((await client.put('/v1/users/me/settings', { token, body: { theme: 'light' } })).status).toBe(200);
  expect((await client.get('/v1/users/me/settings', { token })).body).toEqual({ theme: 'light' });

  expect((await client.delete('/v1/sessions/current', { token })).status).toBe(204);
  expect((await client.get('/v1/users/me', { token })).status).toBe(401);
});
