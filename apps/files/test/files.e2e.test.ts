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

test('a user makes folders and files, changes, versions, pages, deletes and restores them', async () => {
  const { client } = service;
  const ada = await signedIn();

  const projects = await client.post('/v1/folders', { ...ada, body: { name: 'Projects' } });
  expect(projects.status).toBe(201);
  expect(projects.headers.get('location')).toBe(`/v1/folders/${projects.body.id}`);
  expect(projects.headers.get('etag')).toBe('"1"');
  expect(projects.body).toEqual({
    id: projects.body.id,
    parentId: null,
    name: 'Projects',
    version: 1,
    createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    updatedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
  });
  const year = await client.post('/v1/folders', { ...ada, body: { name: '2026', parentId: projects.body.id } });
  expect((await client.get('/v1/folders', ada)).body.items).toEqual([projects.body]);
  expect((await client.get(`/v1/folders?parentId=${projects.body.id}`, ada)).body).toEqual({
    items: [year.body],
    nextCursor: null,
  });

  const made = await client.post('/v1/files', {
    ...ada,
    body: {
      name: 'plan.pdf',
      mimeType: 'application/pdf',
      size: 100,
      folderId: year.body.id,
      tags: [' Plan', 'q1', 'plan'],
    },
  });
  expect(made.status).toBe(201);
  const file = made.headers.get('location')!;
  expect(file).toBe(`/v1/files/${made.body.id}`);
  expect(made.headers.get('etag')).toBe('"1"');
  expect(made.body).toMatchObject({
    folderId: year.body.id,
    size: 100,
    tags: ['plan', 'q1'],
    metadata: {},
    version: 1,
  });
  expect(made.body).not.toHaveProperty('userId');
  const read = await client.get(file, ada);
  expect(read.body).toEqual(made.body);
  expect(read.headers.get('etag')).toBe('"1"');

  const renamed = await client.patch(file, {
    ...matching('"1"'),
    body: { name: 'plan 2.pdf', metadata: { pages: 3 } },
  });
  expect(renamed.status).toBe(200);
  expect(renamed.headers.get('etag')).toBe('"2"');
  expect(renamed.body).toMatchObject({ name: 'plan 2.pdf', metadata: { pages: 3 }, tags: ['plan', 'q1'], version: 2 });

  const version = await client.post(`${file}/versions`, { ...matching('"2"'), body: { size: 200 } });
  expect(version.status).toBe(201);
  expect(version.headers.get('etag')).toBe('"3"');
  expect(version.body).toEqual({
    number: 2,
    size: 200,
    mimeType: 'application/pdf',
    createdAt: expect.any(String),
  });
  expect((await client.get(version.headers.get('location')!, ada)).body).toEqual(version.body);
  const versions = await client.get(`${file}/versions`, ada);
  expect(versions.body.items.map((item: { number: number }) => item.number)).toEqual([2, 1]);
  expect((await client.get(file, ada)).body).toMatchObject({ size: 200, version: 3 });

  for (let i = 0; i < 4; i++) {
    await client.post('/v1/files', { ...ada, body: { name: `${i}`, mimeType: 'text/plain', size: 0 } });
  }
  const first = await client.get('/v1/files?limit=3&count=true', ada);
  expect(first.body).toMatchObject({ total: 5, totalIsExact: true });
  const second = await client.get(`/v1/files?limit=3&cursor=${first.body.nextCursor}`, ada);
  const names = [...first.body.items, ...second.body.items].map((item: { name: string }) => item.name);
  expect(names).toEqual(['3', '2', '1', '0', 'plan 2.pdf']);
  expect(second.body.nextCursor).toBeNull();
  expect((await client.get('/v1/files?tag=PLAN', ada)).body.items).toHaveLength(1);
  expect((await client.get('/v1/files?folderId=none', ada)).body.items).toHaveLength(4);

  expect((await client.delete(`/v1/folders/${projects.body.id}`, matching('"1"'))).status).toBe(204);
  expect((await client.get(file, ada)).status).toBe(404);
  expect((await client.post(`${file}/restore`, ada)).body.code).toBe('folder_deleted');
  const back = await client.post(`/v1/folders/${projects.body.id}/restore`, ada);
  expect(back.status).toBe(200);
  expect(back.headers.get('etag')).toBe('"2"');
  const again = await client.get(file, ada);
  expect(again.body).toMatchObject({ name: 'plan 2.pdf', folderId: year.body.id });

  expect((await client.delete(file, matching(again.headers.get('etag')!))).status).toBe(204);
  expect((await client.get(`${file}/versions`, ada)).status).toBe(404);
  const restored = await client.post(`${file}/restore`, ada);
  expect(restored.status).toBe(200);
  const etag = restored.headers.get('etag')!;
  expect((await client.delete(`${file}?permanent=true`, matching(etag))).status).toBe(204);
  expect((await client.post(`${file}/restore`, ada)).status).toBe(404);

  function matching(ifMatch: string) {
    return { ...ada, headers: { 'if-match': ifMatch } };
  }
});

test('nobody gets at what is someone else’s, by any route', async () => {
  const { client } = service;
  const [ada, bob] = [await signedIn(), await signedIn()];
  const folder = (await client.post('/v1/folders', { ...ada, body: { name: 'Private' } })).body;
  const body = { name: 'diary', mimeType: 'text/plain', size: 1, folderId: folder.id };
  const file = (await client.post('/v1/files', { ...ada, body })).body;
  const own = (await client.post('/v1/folders', { ...bob, body: { name: 'Own' } })).body;
  const ownFile = (await client.post('/v1/files', { ...bob, body: { ...body, folderId: own.id } })).body;

  const as = { ...bob, headers: { 'if-match': '"1"' } };
  const tries = [
    client.get(`/v1/folders/${folder.id}`, bob),
    client.get(`/v1/folders?parentId=${folder.id}`, bob),
    client.patch(`/v1/folders/${folder.id}`, { ...as, body: { name: 'Mine' } }),
    client.patch(`/v1/folders/${own.id}`, { ...as, body: { parentId: folder.id } }),
    client.delete(`/v1/folders/${folder.id}`, as),
    client.post(`/v1/folders/${folder.id}/restore`, bob),
    client.post('/v1/folders', { ...bob, body: { name: 'In', parentId: folder.id } }),
    client.get(`/v1/files/${file.id}`, bob),
    client.get(`/v1/files?folderId=${folder.id}`, bob),
    client.patch(`/v1/files/${file.id}`, { ...as, body: { name: 'Mine' } }),
    client.patch(`/v1/files/${ownFile.id}`, { ...as, body: { folderId: folder.id } }),
    client.delete(`/v1/files/${file.id}`, as),
    client.delete(`/v1/files/${file.id}?permanent=true`, as),
    client.post(`/v1/files/${file.id}/restore`, bob),
    client.post('/v1/files', { ...bob, body }),
    client.get(`/v1/files/${file.id}/versions`, bob),
    client.get(`/v1/files/${file.id}/versions/1`, bob),
    client.post(`/v1/files/${file.id}/versions`, { ...as, body: { size: 2 } }),
  ];
  expect((await Promise.all(tries)).map((reply) => reply.status)).toEqual(tries.map(() => 404));
  expect((await client.get(`/v1/files/${file.id}`, ada)).body).toEqual(file);
  expect((await client.get('/v1/files', bob)).body.items).toEqual([ownFile]);
  const cursor = await cursorOf(ada);
  expect((await client.get(`/v1/files?limit=1&cursor=${cursor}`, bob)).body.code).toBe('invalid_cursor');
});

test('every route needs a session', async () => {
  const id = crypto.randomUUID();
  const document = (await service.client.get('/openapi.json')).body;
  const routes = Object.entries<object>(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map(
      (method) => [method.toUpperCase(), path.replace('{number}', '1').replaceAll(/\{\w+\}/g, id)] as const,
    ),
  );
  const ours = routes.filter(([, path]) => path.startsWith('/v1/'));
  expect(ours).not.toEqual([]);
  for (const [method, path] of ours) {
    expect(await service.client.request(method, path), `${method} ${path}`).toMatchObject({
      status: 401,
      body: { code: 'unauthenticated' },
    });
  }
});

test('a change without If-Match is 428, with another version 412, without its quotes 400, and changes nothing', async () => {
  const { client } = service;
  const ada = await signedIn();
  const folder = (await client.post('/v1/folders', { ...ada, body: { name: 'A' } })).body;
  const file = (await client.post('/v1/files', { ...ada, body: { name: 'a', mimeType: 'a/b', size: 1 } })).body;
  const changes: [string, string, unknown][] = [
    ['PATCH', `/v1/folders/${folder.id}`, { name: 'B' }],
    ['PATCH', `/v1/folders/${folder.id}`, { parentId: null }],
    ['DELETE', `/v1/folders/${folder.id}`, undefined],
    ['PATCH', `/v1/files/${file.id}`, { name: 'b' }],
    ['DELETE', `/v1/files/${file.id}`, undefined],
    ['DELETE', `/v1/files/${file.id}?permanent=true`, undefined],
    ['POST', `/v1/files/${file.id}/versions`, { size: 2 }],
  ];
  for (const [method, path, body] of changes) {
    const request = (ifMatch?: string) =>
      client.request(method, path, { ...ada, body, headers: ifMatch ? { 'if-match': ifMatch } : {} });
    expect((await request()).body, `${method} ${path}`).toMatchObject({ status: 428, code: 'precondition_required' });
    expect((await request('1')).body, `${method} ${path} 1`).toMatchObject({ status: 400, code: 'invalid' });
    for (const other of ['"2"', 'W/"1"', '*', '"x"']) {
      expect((await request(other)).body, `${method} ${path} ${other}`).toMatchObject({
        status: 412,
        code: 'precondition_failed',
      });
    }
  }
  expect((await client.get(`/v1/folders/${folder.id}`, ada)).body).toEqual(folder);
  expect((await client.get(`/v1/files/${file.id}`, ada)).body).toEqual(file);
});

const FILE = { name: 'a', mimeType: 'text/plain', size: 1 };
test.each<[string, string, unknown, string]>([
  ['a folder without a name', '/v1/folders', {}, '/name'],
  ['an empty name', '/v1/folders', { name: '' }, '/name'],
  ['a blank name', '/v1/folders', { name: '  ' }, '/name'],
  ['a name of 256 characters', '/v1/folders', { name: 'x'.repeat(256) }, '/name'],
  ['NUL in a name', '/v1/folders', { name: 'nul\0nul' }, '/name'],
  ['half a surrogate pair in a name', '/v1/folders', { name: 'half \ud800' }, '/name'],
  ['a name on two lines', '/v1/folders', { name: 'a\nb' }, '/name'],
  ['a number as a name', '/v1/folders', { name: 7 }, '/name'],
  ['a parent that is no id', '/v1/folders', { name: 'a', parentId: 'root' }, '/parentId'],
  ['a member that is not known', '/v1/folders', { name: 'a', userId: crypto.randomUUID() }, '/userId'],
  ['a body that is no object', '/v1/folders', [], ''],
  ['a negative size', '/v1/files', { ...FILE, size: -1 }, '/size'],
  ['half a byte', '/v1/files', { ...FILE, size: 1.5 }, '/size'],
  ['a size that a number cannot hold', '/v1/files', { ...FILE, size: 2 ** 53 }, '/size'],
  ['a size in quotes', '/v1/files', { ...FILE, size: '1' }, '/size'],
  ['half a media type', '/v1/files', { ...FILE, mimeType: 'text' }, '/mimeType'],
  ['half a parameter of a media type', '/v1/files', { ...FILE, mimeType: 'text/plain; charset' }, '/mimeType'],
  ['a folder that is no id', '/v1/files', { ...FILE, folderId: '1' }, '/folderId'],
  ['tags that are no array', '/v1/files', { ...FILE, tags: 'a' }, '/tags'],
  ['a blank tag', '/v1/files', { ...FILE, tags: ['a', ' '] }, '/tags/1'],
  ['a tag of 51 characters', '/v1/files', { ...FILE, tags: ['x'.repeat(51)] }, '/tags/0'],
  ['a tag of 51 in lower case', '/v1/files', { ...FILE, tags: ['İ'.repeat(26)] }, '/tags/0'],
  ['21 tags', '/v1/files', { ...FILE, tags: Array.from({ length: 21 }, (_, i) => `t${i}`) }, '/tags'],
  ['metadata that is no object', '/v1/files', { ...FILE, metadata: [] }, '/metadata'],
  ['a width in words', '/v1/files', { ...FILE, metadata: { width: 'wide' } }, '/metadata/width'],
  ['NUL in metadata', '/v1/files', { ...FILE, metadata: { a: 'nul\0' } }, '/metadata/a'],
  [
    'a number in metadata that is none',
    '/v1/files',
    '{"name":"a","mimeType":"a/b","size":1,"metadata":{"a":[1e400]}}',
    '/metadata',
  ],
  ['17 kB of metadata', '/v1/files', { ...FILE, metadata: { a: 'x'.repeat(17_000) } }, '/metadata'],
])('%s is 400 and pointed at', async (_, path, body, pointer) => {
  const reply = await service.client.post(path, { ...(await signedIn()), body });
  expect(reply.body).toMatchObject({ status: 400, code: 'invalid' });
  expect(reply.body.errors.map((error: { pointer: string }) => error.pointer)).toContain(pointer);
});

const NOBODYS = '01890a5d-ac96-774b-bcce-b302099a8057';
test.each([
  '/v1/files?limit=0',
  '/v1/files?limit=-1',
  '/v1/files?limit=101',
  '/v1/files?limit=1.5',
  '/v1/files?limit=1&limit=2',
  '/v1/files?cursor=AAAA',
  '/v1/files?cursor=%00',
  '/v1/files?count=yes',
  '/v1/files?folderId=1',
  '/v1/files?tag=',
  '/v1/files?tag=a&tag=b',
  '/v1/files?tags=a',
  '/v1/folders?parentId=null',
  '/v1/folders?folderId=x',
  '/v1/files/1',
  '/v1/files/1/versions',
  '/v1/folders/99999999999999999999',
  `/v1/files/${NOBODYS}/versions/0`,
  `/v1/files/${NOBODYS}/versions/1e3`,
])('GET %s is 400', async (path) => {
  const reply = await service.client.get(path, await signedIn());
  expect(reply.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(reply.status).toBe(400);
});

test('bounds are in: an empty file, the largest one, 20 tags, a name of 255 characters', async () => {
  const ada = await signedIn();
  const tags = Array.from({ length: 20 }, (_, i) => `T${i}`.padEnd(50, 'x'));
  for (const size of [0, Number.MAX_SAFE_INTEGER]) {
    const body = { name: 'é'.repeat(255), mimeType: 'text/plain; charset=utf-8', size, tags: [...tags, ...tags] };
    const reply = await service.client.post('/v1/files', { ...ada, body });
    expect(reply).toMatchObject({ status: 201, body: { size, name: body.name, mimeType: body.mimeType } });
    expect(reply.body.tags).toHaveLength(20);
  }
});

test('a refused name tells its code, and an unknown folder which member is wrong', async () => {
  const { client } = service;
  const ada = await signedIn();
  await client.post('/v1/folders', { ...ada, body: { name: 'A' } });
  expect(await client.post('/v1/folders', { ...ada, body: { name: ' A ' } })).toMatchObject({
    status: 409,
    body: { code: 'name_taken' },
  });
  const unknown = crypto.randomUUID();
  expect((await client.post('/v1/folders', { ...ada, body: { name: 'B', parentId: unknown } })).body).toMatchObject({
    status: 404,
    code: 'folder_not_found',
    errors: [{ pointer: '/parentId' }],
  });
  expect((await client.get(`/v1/files?folderId=${unknown}`, ada)).body).toMatchObject({
    status: 404,
    code: 'folder_not_found',
    errors: [{ pointer: '/folderId' }],
  });
});

async function signedIn(): Promise<{ token: string }> {
  const user = await createUser(service.db);
  const { token } = await createSession(service.db, { userId: user.id });
  return { token };
}

/** Of a page of one of the caller's files. */
async function cursorOf(who: { token: string }): Promise<string> {
  const body = { name: 'one more', mimeType: 'text/plain', size: 1 };
  await service.client.post('/v1/files', { ...who, body });
  return (await service.client.get('/v1/files?limit=1', who)).body.nextCursor;
}
