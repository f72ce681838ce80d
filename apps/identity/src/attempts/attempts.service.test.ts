import { Logger } from '@nestjs/common';
import { createTestDatabase, type TestDatabase } from '@org/db/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '../config.ts';
import { AttemptsService } from './attempts.service.ts';

let database: TestDatabase;
let attempts: AttemptsService;
beforeAll(async () => {
  Logger.overrideLogger(false);
  database = await createTestDatabase();
  const config = readConfig({ DATABASE_URL: database.url, SIGN_IN_LIMIT_PER_ACCOUNT: '1/hour' });
  attempts = new AttemptsService(database.as('identity'), config);
});
afterAll(() => database?.close());

test('an account has 50 addresses of its own, to which the limit of the account does not apply, and no more', async () => {
  const addresses = Array.from({ length: 53 }, (_, i) => `203.0.113.${i}`);
  for (const address of addresses) await (await attempts.begin('ada@example.com', address)).succeed();
  // The only one that the account may have from elsewhere.
  await attempts.begin('ada@example.com', '198.51.100.1');
  const tries = await Promise.all(
    addresses.map((address) =>
      attempts.begin('ada@example.com', address).then(
        () => 'own',
        ({ code }) => code,
      ),
    ),
  );
  expect(tries).toEqual([...Array(50).fill('own'), ...Array(3).fill('rate_limited')]);
});
