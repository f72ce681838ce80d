import { expect, test } from 'vitest';
import { Lifecycle } from '../lifecycle/lifecycle.ts';
import { createAdapter } from './adapter.ts';

test('a request has to arrive in time, and a connection stays open longer than a load balancer keeps it', () => {
  const { server } = createAdapter(new Lifecycle()).getInstance();
  expect(server.requestTimeout).toBe(30_000);
  expect(server.headersTimeout).toBeLessThanOrEqual(60_000);
  expect(server.keepAliveTimeout).toBeGreaterThan(60_000);
});
