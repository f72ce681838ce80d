import { createSession, createUser } from '@org/db/testing';
import { documented, startTestService, type TestService } from '@org/service/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AppModule } from '../src/app.module.ts';
import { codes } from '../src/codes.ts';
import { readConfig } from '../src/config.ts';

let service: TestService;
let token: string;
beforeAll(async () => {
  service = await startTestService({ module: AppModule, config: readConfig, codes });
  service.client = await documented(service.client);
  const user = await createUser(service.db);
  token = (await createSession(service.db, { userId: user.id })).token;
});
afterAll(() => service?.close());

const NIL = '00000000-0000-0000-0000-000000000000';

test.each([
  '99999999999999999999',
  '-1',
  '0',
  '2147483648',
  '1e3',
  '0x10',
  '1.5',
  'NaN',
  'null',
  '%00',
  '%20',
  '%F0%9F%92%A9',
  '..%2f..%2fetc%2fpasswd',
  "1'%20or%20'1'='1",
  `%7B${NIL}%7D`,
  NIL.replaceAll('-', ''),
  `${NIL}0`,
])('an id %s is 400, at every route that takes one', async (id) => {
  const replies = [
    await service.client.get(`/v1/files/${id}`, { token }),
    await service.client.get(`/v1/folders/${id}`, { token }),
    await service.client.get(`/v1/files/${id}/versions`, { token }),
    await service.client.post(`/v1/files/${id}/restore`, { token }),
    await service.client.get(`/v1/files?folderId=${id}`, { token }),
    await service.client.delete(`/v1/files/${id}`, { token, headers: { 'if-match': '"1"' } }),
  ];
  for (const reply of replies) expect(reply).toMatchObject({ status: 400, body: { code: 'invalid' } });
});

test('the nil id is one that nobody has', async () => {
  expect((await service.client.get(`/v1/files/${NIL}`, { token })).status).toBe(404);
});

test.each([
  'folderId=none&folderId=none',
  'tag=a&tag=b',
  'tag[]=a',
  'tag=',
  'tag=%00',
  `tag=${'x'.repeat(51)}`,
  'orderBy=name',
  'offset=9223372036854775808',
  'limit=Infinity',
  'limit=9223372036854775808',
  '__proto__[role]=admin',
  '__proto__=1',
  'constructor=1',
  'tag=%FF',
  'tag=%ED%A0%80',
  Array.from({ length: 1_000 }, (_, i) => `p${i}=1`).join('&'),
])('files?%s is 400', async (query) => {
  const { status, body } = await service.client.get(`/v1/files?${query}`, { token });
  expect(status).toBe(400);
  expect(body.code).toBe('invalid');
  expect(body.errors.length).toBeLessThanOrEqual(50);
});

test('a parameter of a route that takes none is 400, and nothing is done', async () => {
  const { body: folder } = await service.client.post('/v1/folders', { token, body: { name: 'kept' } });
  const path = `/v1/folders/${folder.id}`;
  const reply = await service.client.delete(`${path}?permanent=true`, { token, headers: { 'if-match': '"1"' } });
  expect(reply).toMatchObject({ status: 400, body: { errors: [{ pointer: '/permanent' }] } });
  expect((await service.client.get(path, { token })).status).toBe(200);
});

test('a folder that is none is told what may be asked for', async () => {
  const { body } = await service.client.get('/v1/files?folderId=x', { token });
  expect(body.errors).toEqual([{ pointer: '/folderId', detail: 'must be the id of a folder, or none' }]);
});

test('metadata is kept with every name that JSON has', async () => {
  const metadata = { constructor: 'Eiffel', prototype: { constructor: 1 }, '': 0, toJSON: 'x' };
  const body = { name: 'a', mimeType: 'text/plain', size: 1, metadata };
  expect((await service.client.post('/v1/files', { token, body })).body.metadata).toEqual(metadata);
});

test.each([
  ['a size beyond what a number holds exactly', { size: 2 ** 53 }],
  ['a size of 1e400', '{"name":"a","mimeType":"text/plain","size":1e400}'],
  ['a size in words', { size: '10' }],
  ['a name that is an object', { name: { toString: 'x' } }],
  ['a name with half a surrogate pair', { name: 'a\ud83d' }],
  ['a name with an escape sequence', { name: 'a\u001b[31mred' }],
  ['a name on two lines', { name: 'a\r\nb' }],
  ['metadata with NUL deep inside', { metadata: { a: [{ b: 'x\u0000' }] } }],
  ['somebody else’s user', { userId: NIL }],
  ['a version', { version: 7 }],
])('%s is 400', async (_name, change) => {
  const body = typeof change === 'string' ? change : { name: 'a', mimeType: 'text/plain', size: 1, ...change };
  expect((await service.client.post('/v1/files', { token, body })).status).toBe(400);
});

test('text in any script, with combining signs and emoji, comes back as it was', async () => {
  const name = 'Zoë\u0308 李 👩‍👩‍👧 \u202Etxt.exe';
  const body = { name, mimeType: 'text/plain', size: 0 };
  expect((await service.client.post('/v1/files', { token, body })).body.name).toBe(name);
});
