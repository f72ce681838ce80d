import { once } from 'node:events';
import net from 'node:net';
import { expect, test } from 'vitest';
import { assignPorts } from '../ports.ts';
import type { Service } from '../services.ts';

const service = (defaultPort: number, name = 'files'): Service => ({
  name,
  portVariable: `${name.toUpperCase()}_PORT`,
  databaseVariable: `${name.toUpperCase()}_DATABASE_URL`,
  passwordVariable: `${name.toUpperCase()}_DB_PASSWORD`,
  defaultPort,
});

test('a default port that is taken moves to the next free one, any port of the machine', async () => {
  for (const port of [28_471, 65_471]) {
    const other = net.createServer().listen(port, '127.0.0.1');
    await once(other, 'listening');
    const [assigned] = await assignPorts([service(port)], {});
    expect(assigned!.port).toBeGreaterThan(port);
    other.close();
  }
});

test('a service that cannot have its default goes beyond the last one, and the others stay', async () => {
  const services = [service(28_491, 'identity'), service(28_492), service(28_493, 'credits')];
  const other = net.createServer().listen(28_492, '127.0.0.1');
  await once(other, 'listening');
  const assignments = await assignPorts(services, {});
  other.close();
  expect(assignments.map(({ service: { name }, port, taken }) => [name, port, taken])).toEqual([
    ['identity', 28_491, undefined],
    ['files', 28_494, 28_492],
    ['credits', 28_493, undefined],
  ]);
});

test('past the last port there is none', async () => {
  const other = net.createServer().listen(65_535, '127.0.0.1');
  await once(other, 'listening');
  await expect(assignPorts([service(65_535)], {})).rejects.toThrow('No port beyond 65535 is free: set FILES_PORT.');
  other.close();
});

test('one that was asked for stays, or is refused with a sentence', async () => {
  await expect(assignPorts([service(1)], { FILES_PORT: '70000' })).rejects.toThrow('a number from 1 to 65535');
  const other = net.createServer().listen(28_481, '127.0.0.1');
  await once(other, 'listening');
  await expect(assignPorts([service(1)], { FILES_PORT: '28481' })).rejects.toThrow('Port 28481 (FILES_PORT) is taken');
  other.close();
});
