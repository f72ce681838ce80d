import { type UserPreferences, userSettings } from '@org/db/schema/identity';
import { createSession, createUser } from '@org/db/testing';
import { documented, startTestService, type TestService } from '@org/service/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AppModule } from '../src/app.module.ts';
import { codes } from '../src/codes.ts';
import { readConfig } from '../src/config.ts';

let service: TestService;
let token: string;
beforeAll(async () => {
  service = await startTestService({ module: AppModule, config: readConfig, codes });
  service.client = await documented(service.client);
  const user = await createUser(service.db, { email: 'taken@example.com' });
  token = (await createSession(service.db, { userId: user.id })).token;
});
afterAll(() => service?.close());

describe('POST /v1/users', () => {
  const valid = { email: 'new@example.com', password: '8 chars!', name: 'New' };

  test.each([
    ['no email', { email: undefined }, '/email'],
    ['an email without a domain', { email: 'ada' }, '/email'],
    ['an email of 321 characters', { email: `${'a'.repeat(309)}@example.com` }, '/email'],
    ['a list of emails', { email: ['a@example.com'] }, '/email'],
    ['a password of 7 characters', { password: '7 chars' }, '/password'],
    ['a password of 7 emoji', { password: '🔑'.repeat(7) }, '/password'],
    ['a password of 129 characters', { password: 'x'.repeat(129) }, '/password'],
    ['a password that is a number', { password: 12345678 }, '/password'],
    ['a blank name', { name: ' \t ' }, '/name'],
    ['a name of 256 characters', { name: 'x'.repeat(256) }, '/name'],
    ['a name on two lines', { name: 'a\nb' }, '/name'],
    ['a role', { role: 'admin' }, '/role'],
    ['an id', { id: '0198f1d2-0000-7000-8000-000000000000' }, '/id'],
  ])('%s is 400 at its place', async (_name, change, pointer) => {
    const { status, body } = await service.client.post('/v1/users', { body: { ...valid, ...change } });
    expect(status).toBe(400);
    expect(body.errors.map((error: { pointer: string }) => error.pointer)).toEqual([pointer]);
  });

  test('an address that is taken is 409, however it is written', async () => {
    const { status, body } = await service.client.post('/v1/users', {
      body: { ...valid, email: ' TAKEN@Example.com ' },
    });
    expect(status).toBe(409);
    expect(body.code).toBe('email_taken');
  });

  test('a password may be 128 characters of any script', async () => {
    const body = { ...valid, email: 'long@example.com', password: '密'.repeat(128) };
    expect((await service.client.post('/v1/users', { body })).status).toBe(201);
    expect(
      (await service.client.post('/v1/sessions', { body: { email: body.email, password: body.password } })).status,
    ).toBe(201);
  });
});

test('a change of nothing is 400', async () => {
  expect((await service.client.patch('/v1/users/me', { token, body: {} })).status).toBe(400);
});

test('a failed sign-in is 401 and asks for no other kind of authentication', async () => {
  const reply = await service.client.post('/v1/sessions', { body: { email: 'taken@example.com', password: 'no' } });
  expect(reply.status).toBe(401);
  expect(reply.body.code).toBe('invalid_credentials');
});

test.each([
  ['GET', '/v1/users/me'],
  ['PATCH', '/v1/users/me'],
  ['GET', '/v1/users/me/settings'],
  ['PUT', '/v1/users/me/settings'],
  ['DELETE', '/v1/sessions'],
  ['DELETE', '/v1/sessions/current'],
])('%s %s is 401 without a session', async (method, path) => {
  expect((await service.client.request(method, path)).status).toBe(401);
});

test.each([
  [{ theme: 'pink' }, '/theme'],
  [{ locale: 'not a locale' }, '/locale'],
  [{ timeZone: 'Mars/Olympus' }, '/timeZone'],
  [{ notifications: { email: 'yes' } }, '/notifications/email'],
  [{ notifications: { sms: true } }, '/notifications/sms'],
  [{ colour: 'red' }, '/colour'],
])('settings %j are 400', async (body, pointer) => {
  const reply = await service.client.put('/v1/users/me/settings', { token, body });
  expect(reply.status).toBe(400);
  expect(reply.body.errors[0].pointer).toBe(pointer);
});

test('settings that another version saved are left out, not an error', async () => {
  const user = await createUser(service.db);
  const { token } = await createSession(service.db, { userId: user.id });
  const preferences = { theme: 'dark', density: 'compact', notifications: { sms: true } } as UserPreferences;
  await service.db.insert(userSettings).values({ userId: user.id, preferences });
  const reply = await service.client.get('/v1/users/me/settings', { token });
  expect(reply).toMatchObject({ status: 200, body: { theme: 'dark', notifications: {} } });
  expect(JSON.stringify(reply.body)).not.toMatch(/density|sms/);
});

test('signing out everywhere ends every session of the user', async () => {
  const user = await createUser(service.db);
  const [first, second] = [
    await createSession(service.db, { userId: user.id }),
    await createSession(service.db, { userId: user.id }),
  ];
  expect((await service.client.delete('/v1/sessions', { token: first.token })).status).toBe(204);
  for (const { token } of [first, second])
    expect((await service.client.get('/v1/users/me', { token })).status).toBe(401);
});
