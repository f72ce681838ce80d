import { randomUUID } from 'node:crypto';
import { sql } from '@org/db';
import { createSession, createUser, creditBalance } from '@org/db/testing';
import { documented, startTestService, type TestService } from '@org/service/testing';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { AppModule } from '../app.module.ts';
import { codes } from '../codes.ts';
import { readConfig } from '../config.ts';
import { tryLockKey } from './transactions.queries.ts';

const NOBODY = '01936d5e-0000-7000-8000-000000000000';

let service: TestService;
let ada: { id: string; token: string };
let admin: { id: string; token: string };
beforeAll(async () => {
  service = await startTestService(
    { module: AppModule, config: readConfig, codes },
    { env: { TRANSACTION_LIMIT: '1000/hour' } },
  );
  service.client = await documented(service.client);
  ada = await signedIn('member');
  admin = await signedIn('admin');
  await creditBalance(service.db, { userId: ada.id, amount: 1_000 });
});
afterAll(() => service?.close());

describe('POST /v1/transactions', () => {
  test('needs a session', async () => {
    expect(await refusal(undefined, { type: 'usage', amount: 1 })).toMatchObject({
      status: 401,
      code: 'unauthenticated',
    });
  });

  test('needs an Idempotency-Key of 1 to 255 visible characters', async () => {
    const body = { type: 'usage', amount: 1 };
    expect(await refusal(ada, body, null)).toMatchObject({ status: 400, code: 'idempotency_key_required' });
    for (const key of ['', 'with space', 'k'.repeat(256), 'ümlaut']) {
      expect(await refusal(ada, body, key)).toMatchObject({ status: 400, code: 'idempotency_key_invalid' });
    }
    expect((await post(ada, body, 'k'.repeat(255))).status).toBe(201);
  });

  test.each([
    ['/amount', { type: 'usage' }],
    ['/amount', { type: 'usage', amount: 0 }],
    ['/amount', { type: 'usage', amount: -1 }],
    ['/amount', { type: 'usage', amount: 1.5 }],
    ['/amount', { type: 'usage', amount: '1' }],
    ['/amount', { type: 'usage', amount: null }],
    ['/amount', { type: 'usage', amount: 1_000_000_001 }],
    ['/amount', { type: 'usage', amount: 2 ** 53 }],
    ['/amount', { type: 'adjustment', amount: 0 }],
    ['/amount', { type: 'adjustment', amount: -1_000_000_001 }],
    ['/amount', { type: 'purchase', amount: -5 }],
    ['/type', { amount: 1 }],
    ['/type', { type: 'theft', amount: 1 }],
    ['/type', { type: ['usage'], amount: 1 }],
    ['/description', { type: 'usage', amount: 1, description: 'nul\u0000' }],
    ['/description', { type: 'usage', amount: 1, description: '\ud800' }],
    ['/description', { type: 'usage', amount: 1, description: 'x'.repeat(501) }],
    ['/description', { type: 'usage', amount: 1, description: { a: 1 } }],
    ['/userId', { type: 'usage', amount: 1, userId: 'me' }],
    ['/userId', { type: 'usage', amount: 1, userId: `{${NOBODY}}` }],
    ['/refundOf', { type: 'refund', amount: 1 }],
    ['/refundOf', { type: 'refund', amount: 1, refundOf: 'that one' }],
    ['/refundOf', { type: 'usage', amount: 1, refundOf: NOBODY }],
    ['/balance', { type: 'usage', amount: 1, balance: 5 }],
    ['', []],
    ['', null],
    ['', 'text'],
  ])('points at %s in %j', async (pointer, body) => {
    const problem = await refusal(admin, body);
    expect(problem).toMatchObject({ status: 400, code: 'invalid' });
    expect(problem.errors.map((error: { pointer: string }) => error.pointer)).toContain(pointer);
  });

  test('takes the largest amount, both ways', async () => {
    const most = 1_000_000_000;
    expect((await post(admin, { type: 'purchase', amount: most })).body).toMatchObject({ amount: most, change: most });
    expect((await post(admin, { type: 'adjustment', amount: -most })).body).toMatchObject({
      amount: -most,
      change: -most,
    });
  });

  test('keeps a description trimmed', async () => {
    expect((await post(ada, { type: 'usage', amount: 1, description: '  Größe 🎈 ' })).body.description).toBe(
      'Größe 🎈',
    );
  });

  test('knows an id in capitals', async () => {
    const userId = ada.id.toUpperCase();
    expect((await post(ada, { type: 'usage', amount: 1, userId })).body).toMatchObject({ userId: ada.id, amount: 1 });
  });

  test('is forbidden to a member for another type or user, whether that user exists or not', async () => {
    for (const body of [
      { type: 'bonus', amount: 1 },
      { type: 'purchase', amount: 1 },
      { type: 'adjustment', amount: -1 },
      { type: 'refund', amount: 1, refundOf: NOBODY },
      { type: 'usage', amount: 1, userId: admin.id },
      { type: 'usage', amount: 1, userId: NOBODY },
    ]) {
      expect(await refusal(ada, body)).toMatchObject({ status: 403, code: 'forbidden' });
    }
  });

  test.each([
    [404, 'user_not_found', { type: 'bonus', amount: 1, userId: NOBODY }],
    [404, 'user_not_found', { type: 'usage', amount: 1, userId: NOBODY }],
    [404, 'usage_not_found', { type: 'refund', amount: 1, refundOf: NOBODY }],
    [409, 'insufficient_credits', { type: 'usage', amount: 1_000_000_000 }],
  ])('answers %i %s', async (status, code, body) => {
    expect(await refusal(admin, body)).toMatchObject({ status, code });
  });

  test('answers a key in use with 409 and when to try again, and one used for another body with 422', async () => {
    const key = randomUUID();
    await service.db.transaction(async (tx) => {
      await tryLockKey(tx, ada.id, key);
      const reply = await post(ada, { type: 'usage', amount: 1 }, key);
      expect(reply).toMatchObject({ status: 409, body: { code: 'idempotency_key_in_use' } });
      expect(reply.headers.get('retry-after')).toBe('1');
    });
    expect((await post(ada, { type: 'usage', amount: 1 }, key)).status).toBe(201);
    expect(await refusal(ada, { type: 'usage', amount: 2 }, key)).toMatchObject({
      status: 422,
      code: 'idempotency_key_reused',
    });
  });

  test('of one request to two replicas at once, one posts and the others get its answer or are told to wait', async () => {
    const user = await signedIn('member');
    await creditBalance(service.db, { userId: user.id, amount: 100 });
    const database = `${service.databaseUrl}?application_name=replica`;
    const replica = await startTestService({ module: AppModule, config: readConfig, codes }, { database });
    const spend = ({ client }: TestService) =>
      client.post('/v1/transactions', {
        token: user.token,
        headers: { 'idempotency-key': 'same' },
        body: { type: 'usage', amount: 1 },
      });
    const replies = await Promise.all(Array.from({ length: 20 }, (_, n) => spend(n % 2 ? service : replica)));
    const done = replies.filter(({ status }) => status === 201);
    expect(done.filter(({ headers }) => !headers.has('idempotent-replayed'))).toHaveLength(1);
    expect(new Set(done.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    for (const reply of replies.filter(({ status }) => status !== 201)) {
      expect(reply).toMatchObject({ status: 409, body: { code: 'idempotency_key_in_use' } });
    }
    for (const each of [service, replica]) {
      const again = await spend(each);
      expect(again).toMatchObject({ status: 201, body: done[0]!.body });
      expect(again.headers.get('idempotent-replayed')).toBe('true');
    }
    expect((await service.client.get('/v1/balance', user)).body).toEqual({ balance: 99 });
    await replica.close();
  });

  test('makes at the second attempt what the server undid to break a deadlock', async () => {
    const key = randomUUID();
    const before = (await service.client.get('/v1/balance', ada)).body;
    const { waiting } = await service.db.transaction(async (tx) => {
      // So that the service is the one whom the server picks.
      await tx.execute(sql`set local deadlock_timeout = '1min'`);
      await tx.execute(sql`insert into credits.transactions
        (user_id, created_by, type, amount, balance_after, idempotency_key, request_hash)
        values (${ada.id}, ${ada.id}, 'usage', -1, 0, ${key}, sha256(''))`);
      const waiting = post(ada, { type: 'usage', amount: 1 }, key);
      await vi.waitFor(async () => {
        const blocked = await tx.execute(
          sql`select from pg_stat_activity where pg_backend_pid() = any(pg_blocking_pids(pid))`,
        );
        expect(blocked).toHaveLength(1);
      });
      // What the service holds while it waits for the key.
      await tx.execute(sql`select from credits.balances where user_id = ${ada.id} for update`);
      await tx.execute(sql`delete from credits.transactions where idempotency_key = ${key}`);
      return { waiting };
    });
    const reply = await waiting;
    expect(reply.status).toBe(201);
    expect(reply.headers.get('idempotent-replayed')).toBeNull();
    expect((await service.client.get('/v1/balance', ada)).body).toEqual({ balance: before.balance - 1 });
  });

  test('answers 503 and when to try again, where the server undoes every attempt; then it goes through', async () => {
    const spend = () => post(ada, { type: 'usage', amount: 1 }, 'undone');
    await service.db.execute(sql`create function undo() returns trigger language plpgsql as $$
      begin raise exception using errcode = '40P01'; end $$`);
    await service.db.execute(sql`create trigger undo before insert on credits.transactions execute function undo()`);
    const refused = await spend();
    await service.db.execute(sql`drop trigger undo on credits.transactions`);
    expect(refused).toMatchObject({ status: 503, body: { code: 'try_again' } });
    expect(refused.headers.get('retry-after')).toBe('1');
    const reply = await spend();
    expect(reply.status).toBe(201);
    expect(reply.headers.get('idempotent-replayed')).toBeNull();
  });
});

test('a user who posts too often is told to wait, in every replica, and nobody else is', async () => {
  const [busy, other] = [await signedIn('member'), await signedIn('member')];
  await creditBalance(service.db, { userId: busy.id, amount: 100 });
  const env = { TRANSACTION_LIMIT: '5/hour' };
  const replicas = await Promise.all(
    ['one', 'two'].map((name) =>
      startTestService(
        { module: AppModule, config: readConfig, codes },
        { database: `${service.databaseUrl}?application_name=${name}`, env },
      ),
    ),
  );
  const postAt = (user: { token: string }, i: number) =>
    replicas[i % 2]!.client.post('/v1/transactions', {
      token: user.token,
      headers: { 'idempotency-key': `often ${i}`.replace(' ', '-') },
      body: { type: 'usage', amount: 1 },
    });
  const replies = await Promise.all(Array.from({ length: 12 }, (_, i) => postAt(busy, i)));
  expect(replies.filter(({ status }) => status === 201)).toHaveLength(5);
  for (const reply of replies.filter(({ status }) => status !== 201)) {
    expect(reply).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(600);
  }
  expect((await postAt(other, 0)).body.code).toBe('insufficient_credits');
  expect((await service.client.get('/v1/balance', busy)).body).toEqual({ balance: 95 });
  await Promise.all(replicas.map((replica) => replica.close()));
});

describe('GET /v1/transactions', () => {
  test('needs a session', async () => {
    expect((await service.client.get('/v1/transactions')).status).toBe(401);
    expect((await service.client.get('/v1/balance')).status).toBe(401);
  });

  test.each(['limit=0', 'limit=101', 'limit=-1', 'limit=1&limit=2', 'count=yes', 'cursor=', 'cursor=abc', 'userId=x'])(
    '?%s is 400',
    async (query) => {
      const reply = await service.client.get(`/v1/transactions?${query}`, ada);
      expect(reply.status).toBe(400);
      expect(reply.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    },
  );

  test('a cursor is good for the list of its user only', async () => {
    const { nextCursor } = (await service.client.get('/v1/transactions?limit=1', ada)).body;
    expect((await service.client.get(`/v1/transactions?cursor=${nextCursor}`, ada)).status).toBe(200);
    const reply = await service.client.get(`/v1/transactions?cursor=${nextCursor}`, admin);
    expect(reply).toMatchObject({ status: 400, body: { code: 'invalid_cursor' } });
  });
});

test('the description of the interface names every route and refusal', async () => {
  const { body } = await service.client.get('/openapi.json');
  expect(Object.keys(body.paths).sort()).toEqual([
    '/health/live',
    '/health/ready',
    '/v1/balance',
    '/v1/packages',
    '/v1/transactions',
  ]);
  const { post: create } = body.paths['/v1/transactions'];
  const statuses = '201 400 401 403 404 408 409 413 415 422 429 500 503 504 default';
  expect(Object.keys(create.responses).sort().join(' ')).toBe(statuses);
  expect(create.responses['409'].description).toContain('insufficient_credits');
  expect(create.requestBody.content['application/json'].schema).toEqual({
    $ref: '#/components/schemas/CreateTransaction',
  });
  expect(create.parameters).toMatchObject([{ name: 'Idempotency-Key', in: 'header', required: true }]);
  expect(body.paths['/v1/packages'].get.security).toContainEqual({});
});

async function signedIn(role: 'member' | 'admin') {
  const { id } = await createUser(service.db, { role });
  return { id, token: (await createSession(service.db, { userId: id })).token };
}

function post(user: { token: string } | undefined, body: unknown, key: string | null = randomUUID()) {
  const headers: Record<string, string> = key === null ? {} : { 'idempotency-key': key };
  return service.client.post('/v1/transactions', { token: user?.token, headers, body: JSON.stringify(body) });
}

async function refusal(...request: Parameters<typeof post>) {
  return (await post(...request)).body;
}
