import { hash } from 'node:crypto';
import { createSession, createUser } from '@org/db/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestService, type TestService } from '../src/testing/index.ts';
import { probe } from './probe.ts';

let service: TestService;
let token: string;
let userId: string;
const ids: string[] = [];
beforeAll(async () => {
  service = await startTestService(probe);
  const user = await createUser(service.db);
  userId = user.id;
  const start = Date.now() - 60_000;
  for (let i = 0; i < 25; i++) {
    // Some share a moment, so that the id has to decide.
    const made = await createSession(service.db, { userId: user.id, createdAt: new Date(start + Math.floor(i / 3)) });
    ids.push(made.session.id);
    token = made.token;
  }
});
afterAll(() => service?.close());

const list = (query: string) => service.client.get(`/v1/things?${query}`, { token });

test('pages of any size hold every row once, newest first', async () => {
  for (const limit of [1, 7, 25, 100]) {
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const { body } = await list(`limit=${limit}${cursor && `&cursor=${cursor}`}`);
      seen.push(...body.items.map(({ id }: { id: string }) => id));
      cursor = body.nextCursor;
    }
    expect(seen).toHaveLength(25);
    expect(new Set(seen)).toEqual(new Set(ids));
    expect(seen[0]).toBe(ids.at(-1));
  }
});

test('Link names the next page with all that was asked for, and the last page has none', async () => {
  const seen: string[] = [];
  let next: string | undefined = '/v1/things?count=true&limit=10';
  while (next) {
    const reply = await service.client.get(next, { token });
    expect(reply.body.total).toBe(25);
    seen.push(...reply.body.items.map(({ id }: { id: string }) => id));
    const link = reply.headers.get('link');
    expect(link === null).toBe(reply.body.nextCursor === null);
    next = link === null ? undefined : /^<([^<>]+)>; rel="next"$/.exec(link)?.[1];
    if (link) expect(next).toContain(`cursor=${reply.body.nextCursor}`);
  }
  expect(new Set(seen)).toEqual(new Set(ids));
  expect(seen).toHaveLength(25);
});

test('a limit is 20 unless given, and a total comes with count=true', async () => {
  const { body } = await list('');
  expect(body.items).toHaveLength(20);
  expect(body).not.toHaveProperty('total');
  expect((await list('count=true&limit=1')).body).toMatchObject({ total: 25, totalIsExact: true });
});

test.each([
  'limit=0',
  'limit=101',
  'limit=-1',
  'limit=1.5',
  'limit=1e1',
  'limit=NaN',
  'limit=',
  'limit=%201',
  'limit=1&limit=2',
  'count=yes',
  'cursor=a&cursor=b',
  'unknown=1',
  'limit[]=1',
])('?%s is 400', async (query) => {
  const { status, body } = await list(query);
  expect(status).toBe(400);
  expect(body.code).toBe('invalid');
});

test('a cursor that is too long is told so', async () => {
  const { status, body } = await list(`cursor=${'a'.repeat(201)}`);
  expect(status).toBe(400);
  expect(body.errors).toEqual([{ pointer: '/cursor', detail: 'must be the cursor of another page' }]);
});

test('a cursor that was altered, cut, lengthened, or is of another user, is 400 invalid_cursor', async () => {
  const { body } = await list('limit=2');
  const cursor: string = body.nextCursor;
  const other = await createUser(service.db);
  const { token: otherToken } = await createSession(service.db, { userId: other.id });
  const flipped = (cursor[5] === 'A' ? 'B' : 'A') + cursor.slice(6);
  const bad = [cursor.slice(0, 5) + flipped, cursor.slice(0, -1), `${cursor}A`, 'x', '%00', '..', `${cursor}=`];
  for (const text of bad) {
    const reply = await list(`cursor=${text}`);
    expect(reply.status, text).toBe(400);
    expect(reply.body.code).toBe('invalid_cursor');
  }
  expect((await service.client.get(`/v1/things?cursor=${cursor}`, { token: otherToken })).body.code).toBe(
    'invalid_cursor',
  );
});

test.each([2n ** 62n, -(2n ** 62n), 8_640_000_000_000_000n, -8_640_000_000_000_000n])(
  'a cursor that somebody made for the time %d is 400 invalid_cursor',
  async (time) => {
    const body = Buffer.alloc(24);
    body.writeBigInt64BE(time);
    const scope = JSON.stringify([
      ['list', 'sessions'],
      ['userId', userId],
    ]);
    const check = hash('sha256', Buffer.concat([body, Buffer.from(scope)]), 'buffer').subarray(0, 8);
    const reply = await list(`cursor=${Buffer.concat([body, check]).toString('base64url')}`);
    expect(reply).toMatchObject({ status: 400, body: { code: 'invalid_cursor' } });
  },
);
