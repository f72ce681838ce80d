import { expect, test } from 'vitest';
import { serverArguments } from './server.ts';

test('the server listens on loopback only and makes no socket file, wherever its folder is', () => {
  expect(serverArguments('/a b/data', 25432)).toEqual([
    ...['-D', '/a b/data', '-c', 'listen_addresses=127.0.0.1', '-c', 'port=25432'],
    ...['-c', 'unix_socket_directories='],
  ]);
});
