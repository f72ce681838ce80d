import { sql } from '@org/db';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestService, type TestService } from '../src/testing/index.ts';
import { probe } from './probe.ts';

// The routes of the probe with the database URL that the service files would have.
const files = {
  ...probe,
  config: (env: Record<string, string | undefined> = {}) =>
    probe.config({ ...env, PROBE_DATABASE_URL: env.FILES_DATABASE_URL }),
};

let service: TestService;
beforeAll(async () => {
  service = await startTestService(files);
});
afterAll(() => service?.close());

const run = async (how: string) => (await service.client.post('/v1/things/fail', { body: { how } })).status;

test('a service in its tests has the rights of its own role, as where it is deployed', async (context) => {
  const [row] = await service.db.execute(sql`select from pg_roles where rolname = 'app_test_owner'`);
  context.skip(!row, 'The user of TEST_DATABASE_URL may create no roles.');
  expect(await run('select from files.files')).toBe(201);
  expect(await run('select from credits.balances')).toBe(500);
  expect(await run('select email from identity.users')).toBe(500);
  expect(await run('alter table files.files add column x int')).toBe(500);
});

test('what surrounds it works without more: whose token it is, and whether it is ready', async () => {
  expect((await service.client.get('/v1/things/pay', { token: 'unknown' })).status).toBe(401);
  expect((await service.client.get('/health/ready')).status).toBe(200);
});
