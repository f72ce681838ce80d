import { connect } from 'node:net';
import fastify, { type FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { expect, test, vi } from 'vitest';
import { logRequests } from './log-requests.ts';

test('a request whose client does not wait for the answer is logged too, as that', async () => {
  const lines: { msg: string }[] = [];
  const server = fastify();
  logRequests(server, pino({ base: null }, { write: (line: string) => void lines.push(JSON.parse(line)) }));
  const { promise: released, resolve: release } = Promise.withResolvers<string>();
  const { promise: asked, resolve: isAsked } = Promise.withResolvers<void>();
  server.post('/slow', () => {
    isAsked();
    return released;
  });
  const socket = connect(await listen(server), '127.0.0.1');
  socket.write('POST /slow HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}');
  await asked;
  socket.destroy();
  await vi.waitFor(() => expect(lines).toHaveLength(1));
  release('done');
  await server.close();
  // Once, also when the answer is there at last.
  expect(lines).toMatchObject([{ method: 'POST', url: '/slow', aborted: true, requestId: expect.any(String) }]);
});

/** Below the ports that the system hands out to clients. */
async function listen(server: FastifyInstance): Promise<number> {
  for (let port = 20_000 + Math.floor(Math.random() * 12_000); ; port++) {
    try {
      await server.listen({ port, host: '127.0.0.1' });
      return port;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
  }
}
