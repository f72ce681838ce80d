import { afterEach, expect, test, vi } from 'vitest';
import { probe } from '../../test/probe.ts';
import { startTestService } from './start-test-service.ts';

afterEach(() => void vi.unstubAllEnvs());

test.each([
  ['error', 'error'],
  ['', 'silent'],
])('with LOG_LEVEL=%s in the environment a service under test is given LOG_LEVEL=%s', async (level, given) => {
  vi.stubEnv('LOG_LEVEL', level);
  const config = vi.fn<typeof probe.config>(() => {
    throw new Error('not started');
  });
  const start = startTestService({ ...probe, config }, { database: 'postgres://nobody@127.0.0.1:1/nothing' });
  await expect(start).rejects.toThrow('not started');
  expect(config).toHaveBeenCalledWith(expect.objectContaining({ LOG_LEVEL: given }));
});
