import { once } from 'node:events';
import net from 'node:net';
import { expect, test } from 'vitest';
import { assignPorts } from '../ports.ts';
import type { Service } from '../services.ts';

const service = (defaultPort: number): Service => ({
  name: 'files',
  portVariable: 'FILES_PORT',
  databaseVariable: 'FILES_DATABASE_URL',
  passwordVariable: 'FILES_DB_PASSWORD',
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

test('past the last port there is none', async () => {
  const other = net.createServer().listen(65_535, '127.0.0.1');
  await once(other, 'listening');
  await expect(assignPorts([service(65_535)], {})).rejects.toThrow('No port from 65535 on is free: set FILES_PORT.');
  other.close();
});

test('one that was asked for stays, or is refused with a sentence', async () => {
  await expect(assignPorts([service(1)], { FILES_PORT: '70000' })).rejects.toThrow('a number from 1 to 65535');
  const other = net.createServer().listen(28_481, '127.0.0.1');
  await once(other, 'listening');
  await expect(assignPorts([service(1)], { FILES_PORT: '28481' })).rejects.toThrow('Port 28481 (FILES_PORT) is taken');
  other.close();
});
