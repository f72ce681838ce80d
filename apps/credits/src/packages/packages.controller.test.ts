import { packages } from '@org/db/schema/credits';
import { startTestService, type TestService } from '@org/service/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AppModule } from '../app.module.ts';
import { codes } from '../codes.ts';
import { readConfig } from '../config.ts';

let service: TestService;
beforeAll(async () => {
  service = await startTestService({ module: AppModule, config: readConfig, codes });
});
afterAll(() => service?.close());

test('anyone sees the packages that are sold, in pages', async () => {
  const { client, db } = service;
  expect((await client.get('/v1/packages')).body).toEqual({ items: [], nextCursor: null });

  await db.insert(packages).values([
    { code: 'small', name: 'Small', credits: 5 },
    { code: 'large', name: 'Large', credits: 500 },
    { code: 'old', name: 'Old', credits: 50, isActive: false },
  ]);
  const first = await client.get('/v1/packages?limit=1&count=true');
  expect(first.status).toBe(200);
  expect(first.body).toMatchObject({ total: 2, totalIsExact: true });
  const second = await client.get(`/v1/packages?limit=1&cursor=${first.body.nextCursor}`);
  expect(second.body.nextCursor).toBeNull();
  expect([...first.body.items, ...second.body.items]).toEqual([
    { id: expect.any(String), code: 'large', name: 'Large', credits: 500 },
    { id: expect.any(String), code: 'small', name: 'Small', credits: 5 },
  ]);
});
