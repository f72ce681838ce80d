import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import { Logger } from '@nestjs/common';
import { expect, test } from 'vitest';
import { answerUnreadable } from './unreadable-requests.ts';

test('a request that does not arrive in time is told so, as a problem with a request id', async () => {
  Logger.overrideLogger(false);
  const server = createServer({ connectionsCheckingInterval: 20, headersTimeout: 50, requestTimeout: 50 });
  server.on('clientError', answerUnreadable);
  const port = await listen(server);
  const socket = connect(port, '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nhost: a\r\n');
  let answer = '';
  socket.setEncoding('utf8').on('data', (chunk) => (answer += chunk));
  await once(socket, 'close');
  server.close();
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  expect(head).toMatch(/^HTTP\/1.1 408 /);
  expect(JSON.parse(body)).toMatchObject({ status: 408, code: 'request_timeout' });
  expect(head).toContain(`x-request-id: ${JSON.parse(body).requestId}`);
});

/** Below the ports that the system hands out to clients. */
async function listen(server: Server): Promise<number> {
  for (let port = 20_000 + Math.floor(Math.random() * 12_000); ; port++) {
    try {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
      return port;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
  }
}
