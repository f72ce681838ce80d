import { createSession, createUser, TEST_PASSWORD } from '@org/db/testing';
import { documented, startTestService, type TestService } from '@org/service/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AppModule } from '../src/app.module.ts';
import { codes } from '../src/codes.ts';
import { readConfig } from '../src/config.ts';

const env = {
  TRUST_PROXY: 'loopback',
  REGISTRATION_LIMIT: '3/hour',
  SIGN_IN_LIMIT: '4/hour',
  SIGN_IN_LIMIT_PER_ADDRESS: '8/hour',
  SIGN_IN_LIMIT_PER_ACCOUNT: '10/hour',
};

let service: TestService;
let replica: TestService;
beforeAll(async () => {
  service = await startTestService({ module: AppModule, config: readConfig, codes }, { env });
  service.client = await documented(service.client);
  // A second application with another pool, as a replica is.
  const database = `${service.databaseUrl}?application_name=replica`;
  replica = await startTestService({ module: AppModule, config: readConfig, codes }, { database, env });
});
afterAll(async () => {
  await replica?.close();
  await service?.close();
});

let last = 0;
/** An address that no other test uses. */
const somewhere = () => `198.51.100.${++last}`;

const from = (address: string) => ({ 'x-forwarded-for': address });
const signIn = (email: string, password: string, address: string, at = service) =>
  at.client.post('/v1/sessions', { body: { email, password }, headers: from(address) });

describe('guessing a password', () => {
  test('of one account ends with 429, and says when to try again', async () => {
    const { email } = await createUser(service.db);
    const address = somewhere();
    for (let i = 0; i < 4; i++) expect((await signIn(email, `guess ${i}`, address)).status).toBe(401);
    const refused = await signIn(email, 'guess 5', address);
    expect(refused.status).toBe(429);
    expect(refused.body).toMatchObject({ code: 'rate_limited', retryAfter: expect.any(Number) });
    expect(refused.headers.get('retry-after')).toBe(String(refused.body.retryAfter));
    // A quarter of an hour until the next one.
    expect(refused.body.retryAfter).toBeGreaterThan(800);
    expect(refused.body.retryAfter).toBeLessThanOrEqual(900);
    expect((await signIn(email, TEST_PASSWORD, address)).status).toBe(429);
  });

  test('is counted over all replicas, however many ask at once', async () => {
    const { email } = await createUser(service.db);
    const address = somewhere();
    const replies = await Promise.all(
      Array.from({ length: 12 }, (_, i) => signIn(email, `guess ${i}`, address, i % 2 ? service : replica)),
    );
    expect(replies.filter(({ status }) => status === 401)).toHaveLength(4);
    expect(replies.filter(({ status }) => status === 429)).toHaveLength(8);
  });

  test('of an account that nobody has is limited alike, so that the limit does not tell', async () => {
    const address = somewhere();
    for (let i = 0; i < 4; i++) expect((await signIn('nobody@example.com', 'guess', address)).status).toBe(401);
    expect((await signIn('nobody@example.com', 'guess', address)).status).toBe(429);
  });

  test('of many accounts from one address ends with 429', async () => {
    const address = somewhere();
    for (let i = 0; i < 8; i++) {
      expect((await signIn(`spray-${i}@example.com`, 'Summer 2026!', address)).status).toBe(401);
    }
    expect((await signIn('spray-8@example.com', 'Summer 2026!', address)).status).toBe(429);
  });

  test('from many addresses ends with 429, and does not lock out the owner where it signs in as ever', async () => {
    const { email } = await createUser(service.db);
    const home = somewhere();
    expect((await signIn(email, TEST_PASSWORD, home)).status).toBe(201);
    const guesses: number[] = [];
    for (let i = 0; i < 12; i++) guesses.push((await signIn(email, `guess ${i}`, somewhere())).status);
    expect(guesses).toEqual([...Array(10).fill(401), 429, 429]);
    expect((await signIn(email, TEST_PASSWORD, home)).status).toBe(201);
  });

  test('of one’s own, when changing it with a session, is limited too', async () => {
    const user = await createUser(service.db);
    const { token } = await createSession(service.db, { userId: user.id });
    const change = (currentPassword: string) =>
      service.client.patch('/v1/users/me', {
        token,
        headers: from('203.0.113.7'),
        body: { currentPassword, password: 'x7#qLm2! and more' },
      });
    for (let i = 0; i < 4; i++) expect((await change(`guess ${i}`)).body.code).toBe('wrong_password');
    expect((await change(TEST_PASSWORD)).body.code).toBe('rate_limited');
  });
});

test('a right password is not counted', async () => {
  const { email } = await createUser(service.db);
  const address = somewhere();
  for (let i = 0; i < 12; i++) expect((await signIn(email, TEST_PASSWORD, address)).status).toBe(201);
});

test('registrations from one address are limited, also those that fail, and an IPv6 network is one address', async () => {
  const register = (name: string, address: string) =>
    service.client.post('/v1/users', {
      body: { email: `${name}@example.com`, password: 'x7#qLm2!', name },
      headers: from(address),
    });
  expect((await register('one', '2001:db8:0:1::1')).status).toBe(201);
  expect((await register('one', '2001:db8:0:1::2')).status).toBe(409);
  expect((await register('two', '2001:db8:0:1:ffff::3')).status).toBe(201);
  expect((await register('three', '2001:db8:0:1::4')).body.code).toBe('rate_limited');
  expect((await register('three', '2001:db8:0:2::4')).status).toBe(201);
});

test('a forwarded address is not believed unless a trusted proxy says it', async () => {
  const direct = await startTestService(
    { module: AppModule, config: readConfig, codes },
    { env: { ...env, TRUST_PROXY: '' } },
  );
  const { email } = await createUser(direct.db);
  const replies: number[] = [];
  for (let i = 0; i < 5; i++) replies.push((await signIn(email, `guess ${i}`, somewhere(), direct)).status);
  expect(replies).toEqual([401, 401, 401, 401, 429]);
  await direct.close();
});
