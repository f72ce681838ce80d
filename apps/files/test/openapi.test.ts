import { lintOpenApi, startTestService, type TestService } from '@org/service/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AppModule } from '../src/app.module.ts';
import { readConfig } from '../src/config.ts';

let service: TestService;
beforeAll(async () => {
  const database = 'postgres://nobody@127.0.0.1:1/nothing';
  service = await startTestService({ module: AppModule, config: readConfig }, { database });
});
afterAll(() => service?.close());

test('the OpenAPI document is valid, and leaves nothing for a linter to say', async () => {
  const { body } = await service.client.get('/openapi.json');
  expect(await lintOpenApi(body)).toEqual([]);
});
