import { once } from 'node:events';
import net from 'node:net';
import { createSession, createTestDatabase, createUser, creditBalance, type TestDatabase } from '@org/db/testing';
import { startTestService, type TestService } from '@org/service/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AppModule } from '../src/app.module.ts';
import { codes } from '../src/codes.ts';
import { readConfig } from '../src/config.ts';
import { expectConsistentLedger } from './ledger.ts';

let database: TestDatabase;
let proxy: CuttingProxy;
let service: TestService;
beforeAll(async () => {
  database = await createTestDatabase();
  proxy = await startCuttingProxy(database.urlAs('credits'));
  // Not prepared: so that each COMMIT passes the proxy as text.
  const env = { DB_PREPARE: 'false' };
  service = await startTestService({ module: AppModule, config: readConfig, codes }, { database: proxy.url, env });
});
afterAll(async () => {
  await service?.close();
  proxy?.close();
  await database?.close();
});

test('a spend whose COMMIT was done and never confirmed counts once: trying again gets its row', async () => {
  const ada = await createUser(database.db);
  const { token } = await createSession(database.db, { userId: ada.id });
  await creditBalance(database.db, { userId: ada.id, amount: 10 });
  const spend = () =>
    service.client.post('/v1/transactions', {
      token,
      headers: { 'idempotency-key': 'lost' },
      body: { type: 'usage', amount: 3 },
    });

  proxy.cutAfterNextCommit();
  const lost = await spend();
  expect(proxy.cuts).toBe(1);
  expect(lost).toMatchObject({ status: 504, body: { code: 'outcome_unknown' } });
  expect(await expectConsistentLedger(database.db, ada.id)).toHaveLength(2);

  const again = await spend();
  expect(again.status).toBe(201);
  expect(again.headers.get('idempotent-replayed')).toBe('true');
  expect(again.body).toMatchObject({ amount: 3, balanceAfter: 7 });
  expect(await expectConsistentLedger(database.db, ada.id)).toHaveLength(2);
});

interface CuttingProxy {
  /** The database, through the proxy. */
  url: string;
  cuts: number;
  /** Lets the next COMMIT through, and cuts the connection in place of the server's answer to it. */
  cutAfterNextCommit(): void;
  close(): void;
}

async function startCuttingProxy(databaseUrl: string): Promise<CuttingProxy> {
  const target = new URL(databaseUrl);
  const sockets = new Set<net.Socket>();
  let isArmed = false;
  const server = net.createServer((client) => {
    const upstream = net.connect(Number(target.port), target.hostname);
    let isCommitting = false;
    client.on('data', (data) => {
      if (isArmed && /commit/i.test(data.toString('latin1'))) {
        isArmed = false;
        isCommitting = true;
      }
      upstream.write(data);
    });
    upstream.on('data', (data) => {
      if (!isCommitting) return void client.write(data);
      proxy.cuts++;
      client.destroy();
      upstream.destroy();
    });
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  const proxy: CuttingProxy = {
    url: '',
    cuts: 0,
    cutAfterNextCommit: () => {
      isArmed = true;
    },
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
  const url = new URL(databaseUrl);
  url.port = String(await listen(server));
  proxy.url = url.href;
  return proxy;
}

/** Below the ports that the system hands out to clients. */
async function listen(server: net.Server): Promise<number> {
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
