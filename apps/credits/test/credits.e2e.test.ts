import { createSession, createUser } from '@org/db/testing';
import { documented, startTestService, type TestService } from '@org/service/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AppModule } from '../src/app.module.ts';
import { codes } from '../src/codes.ts';
import { readConfig } from '../src/config.ts';

let service: TestService;
beforeAll(async () => {
  service = await startTestService({ module: AppModule, config: readConfig, codes });
  service.client = await documented(service.client);
});
afterAll(() => service?.close());

test('an admin sells credits, a member spends them at once and in pages sees what became of them', async () => {
  const { client, db } = service;
  const ada = await signedIn('member');
  const admin = await signedIn('admin');
  const post = (token: string, key: string, body: object) =>
    client.post('/v1/transactions', { token, headers: { 'idempotency-key': key }, body });

  expect((await client.get('/v1/balance', { token: ada.token })).body).toEqual({ balance: 0 });

  const own = await post(admin.token, 'own-1', { type: 'bonus', amount: 7 });

  const sale = { type: 'purchase', amount: 100, userId: ada.id, description: 'Package starter' };
  const bought = await post(admin.token, 'sale-1', sale);
  expect(bought.status).toBe(201);
  expect(bought.body).toEqual({
    id: expect.any(String),
    userId: ada.id,
    createdBy: admin.id,
    type: 'purchase',
    amount: 100,
    change: 100,
    balanceAfter: 100,
    description: 'Package starter',
    refundOf: null,
    createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
  });
  expect(bought.headers.get('idempotent-replayed')).toBeNull();
  const again = await post(admin.token, 'sale-1', sale);
  expect(again.status).toBe(201);
  expect(again.headers.get('idempotent-replayed')).toBe('true');
  expect(again.body).toEqual(bought.body);

  const spends = await Promise.all(
    Array.from({ length: 50 }, (_, n) => post(ada.token, `spend-${n}`, { type: 'usage', amount: 3 })),
  );
  const posted = spends.filter((reply) => reply.status === 201);
  expect(posted).toHaveLength(33);
  const refused = spends.filter((reply) => reply.status !== 201);
  expect(refused.map((reply) => `${reply.status} ${reply.body.code}`)).toEqual(
    Array(17).fill('409 insufficient_credits'),
  );
  expect((await client.get('/v1/balance', { token: ada.token })).body).toEqual({ balance: 1 });

  const refund = { type: 'refund', amount: 2, refundOf: posted[0]!.body.id, userId: ada.id };
  expect((await post(admin.token, 'refund-1', refund)).body).toMatchObject({ amount: 2, change: 2, balanceAfter: 3 });
  expect((await post(admin.token, 'refund-2', refund)).body.code).toBe('refund_exceeds');

  const ledger = [];
  let cursor: string | null = null;
  do {
    const query: string = cursor ? `limit=10&cursor=${cursor}` : 'limit=10&count=true';
    const page = await client.get(`/v1/transactions?${query}`, { token: ada.token });
    if (!cursor) expect(page.body).toMatchObject({ total: 35, totalIsExact: true });
    ledger.push(...page.body.items);
    cursor = page.body.nextCursor;
  } while (cursor);
  expect(ledger).toHaveLength(35);
  expect(ledger[0].type).toBe('refund');
  expect(ledger.at(-1)).toEqual(bought.body);
  expect(ledger.reduce((sum, { change }) => sum + change, 0)).toBe(3);
  for (const [n, { change, balanceAfter }] of ledger.entries()) {
    expect(balanceAfter - change).toBe(ledger[n + 1]?.balanceAfter ?? 0);
  }

  const ofAdmin = await client.get('/v1/transactions?count=true', { token: admin.token });
  expect(ofAdmin.body).toEqual({ items: [own.body], nextCursor: null, total: 1, totalIsExact: true });

  async function signedIn(role: 'member' | 'admin') {
    const { id } = await createUser(db, { role });
    return { id, token: (await createSession(db, { userId: id })).token };
  }
});
