import { once } from 'node:events';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { Logger } from '@nestjs/common';
import { createSession, createUser } from '@org/db/testing';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { ProblemFilter } from '../src/errors/problem.filter.ts';
import { describeError } from '../src/logging/describe-error.ts';
import { startTestService, type TestService } from '../src/testing/index.ts';
import { probe } from './probe.ts';

let service: TestService;
let token: string;
beforeAll(async () => {
  service = await startTestService(probe, { env: { DB_STATEMENT_TIMEOUT: '200' } });
  const user = await createUser(service.db);
  token = (await createSession(service.db, { userId: user.id })).token;
});
afterAll(() => service?.close());

const post = (body: unknown, headers: Record<string, string> = {}) =>
  service.client.post('/v1/things', { body, headers });

describe('a request that cannot be understood is a problem', () => {
  test('an unknown path is 404, and a method that the path does not take is 405 with Allow', async () => {
    const unknown = await service.client.get('/v1/nothing');
    expect(unknown.status).toBe(404);
    expect(unknown.headers.get('content-type')).toContain('application/problem+json');
    expect(unknown.body).toMatchObject({
      type: 'about:blank',
      title: 'Not Found',
      status: 404,
      code: 'route_not_found',
    });

    const wrong = await service.client.put('/v1/things', { body: {} });
    expect(wrong.status).toBe(405);
    expect(wrong.headers.get('allow')).toBe('GET, HEAD, POST');
    expect(wrong.body.code).toBe('method_not_allowed');
  });

  test('a path with a slash too many is 404: it takes no method, not even the one that was used', async () => {
    const slashed = await service.client.get('/v1/things/');
    expect(slashed.status).toBe(404);
    expect(slashed.body.code).toBe('route_not_found');
  });

  test.each([
    ['broken', '{"label":', 400, 'invalid_json'],
    ['a prototype', '{"label":"a","__proto__":{"role":"admin"}}', 400, 'invalid_json'],
    ['a constructor by name', '{"label":"a","constructor":1,"prototype":2}', 400, 'invalid'],
    ['a constructor', '{"label":"a","constructor":{"prototype":{"role":"admin"}}}', 400, 'invalid_json'],
    ['a prototype further in', '{"label":"a","tags":[{"__proto__":{"role":"admin"}}]}', 400, 'invalid_json'],
    ['bytes that are not UTF-8', new Uint8Array([0x22, 0xff, 0xfe, 0x22]), 400, 'invalid_json'],
    ['a scalar', '7', 400, 'invalid'],
    ['null', 'null', 400, 'invalid'],
    ['nothing', '', 400, 'invalid'],
    ['more than 1 MB', JSON.stringify({ label: 'x'.repeat(1024 * 1024) }), 413, 'body_too_large'],
  ])('a body that is %s', async (_name, body, status, code) => {
    const reply = await post(body);
    expect(reply.status).toBe(status);
    expect(reply.body.code).toBe(code);
    expect(reply.headers.get('content-type')).toContain('application/problem+json');
  });

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/json; charset=utf-7',
  ])('a body of type %s is 415', async (type) => {
    expect((await post('{"label":"a"}', { 'content-type': type })).status).toBe(415);
  });

  test('a path that is no valid URL is 400, with a request id', async () => {
    const reply = await service.client.get('/v1/things/%zz');
    expect(reply.status).toBe(400);
    expect(reply.body.code).toBe('invalid');
    expect(reply.headers.get('x-request-id')).toBeTruthy();
  });

  test('a body that is compressed, or said to be, is not unpacked', async () => {
    for (const body of [gzipSync('{"label":"a"}'), '{"label":"a"}']) {
      const reply = await post(body, { 'content-encoding': 'gzip' });
      expect(reply).toMatchObject({ status: 415, body: { code: 'unsupported_media_type' } });
      expect(reply.body.detail).toContain('Content-Encoding');
    }
    expect((await post('{"label":"a"}', { 'content-encoding': 'Identity' })).status).toBe(201);
  });

  test.each([
    ['garbage', 'HELLO\r\n\r\n', 400],
    ['two lengths', 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab', 400],
    [
      'a length and chunks',
      'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['an address of 20 kB', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nhost: a\r\n\r\n`, 431],
    ['20 kB of headers', `GET / HTTP/1.1\r\nhost: a\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ['no host', 'GET /health/live HTTP/1.1\r\nconnection: close\r\n\r\n', 400],
    [
      'a wish that is not known',
      'GET /health/live HTTP/1.1\r\nhost: a\r\nexpect: gold\r\nconnection: close\r\n\r\n',
      417,
    ],
    ['a path that is no URL', 'GET /%zz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n', 400],
    [
      'an id of 500 characters',
      `GET /v1/things/${'x'.repeat(500)} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`,
      414,
    ],
  ])('%s on the socket is answered as a problem with a request id', async (_name, bytes, status) => {
    const [head = '', body = ''] = (await answerTo(bytes)).split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    const headers = new Headers(
      head
        .split('\r\n')
        .slice(1)
        .map((line) => line.split(': ', 2) as [string, string]),
    );
    expect(headers.get('content-type')).toContain('application/problem+json');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    const problem = JSON.parse(body);
    expect(problem).toMatchObject({ type: 'about:blank', status, detail: expect.any(String) });
    expect(headers.get('x-request-id')).toBe(problem.requestId);
  });

  test('HTTP/1.0, which names no host, is answered', async () => {
    expect(await answerTo('GET /health/live HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1.1 200 /);
  });

  test('garbage behind a request is not answered in the middle of the answer to it', async () => {
    const socket = connect(Number(new URL(service.client.url).port), '127.0.0.1');
    let answer = '';
    socket.setEncoding('latin1').on('data', (chunk) => {
      if (answer === '') socket.write('HELLO\r\n\r\n');
      answer += chunk;
    });
    socket.write('GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nhost: a\r\n\r\n');
    await once(socket, 'close');
    expect(answer).toMatch(/^HTTP\/1.1 200 /);
    expect(answer.match(/HTTP\/1.1 400/)).toBeNull();
  });
});

describe('a request that is understood and not valid', () => {
  test('tells every mistake by its JSON pointer', async () => {
    const { status, body } = await post({ label: '  ', tags: ['ok', 'too long'], 'a/b': 1 });
    expect(status).toBe(400);
    expect(body.code).toBe('invalid');
    expect(body.errors.map((error: { pointer: string }) => error.pointer)).toEqual(['/label', '/tags/1', '/a~1b']);
  });

  test.each([
    [{ label: '  ', tags: ['too long'] }, ['must not be empty', 'must have at most 3 characters']],
    [{ tags: 'a' }, ['is required', 'must be a list']],
    [{ label: 7, more: 1 }, ['must be a string', 'is not known here']],
    [[], ['must be an object']],
  ])('tells in words of one kind what is wrong with %j', async (body, details) => {
    expect((await post(body)).body.errors.map((error: { detail: string }) => error.detail)).toEqual(details);
  });

  test.each([
    ['NUL', '{"label":"a\\u0000"}', '/label'],
    ['half a surrogate pair', '{"label":"a","tags":["\\ud800"]}', '/tags/0'],
  ])('points at text with %s, which PostgreSQL does not keep', async (_name, body, pointer) => {
    expect((await post(body)).body).toMatchObject({ code: 'invalid', errors: [{ pointer }] });
  });

  test('is told when it is nested deeper than 32 levels, before anything walks down', async () => {
    const { status, body } = await post(`${'['.repeat(45_000)}${']'.repeat(45_000)}`);
    expect(status).toBe(400);
    expect(body.errors).toEqual([{ pointer: '', detail: 'must not be nested deeper than 32 levels' }]);
  });

  test('does not answer more than was asked', async () => {
    const { body } = await post({ label: 'a', tags: Array.from({ length: 5000 }, () => 'too long') });
    expect(body.errors).toHaveLength(50);
  });
});

describe('a query string', () => {
  const id = '01936d5e-0000-7000-8000-000000000000';

  test.each([
    ['GET', `/v1/things/${id}?x=1&a%2Fb=2`, ['/x', '/a~1b']],
    ['DELETE', `/v1/things/${id}?permanent=true`, ['/permanent']],
    ['GET', `/v1/things/${id}?constructor=1&__proto__=2&prototype`, ['/constructor', '/__proto__', '/prototype']],
    ['GET', '/v1/things?constructor=1&__proto__=2&prototype', ['/constructor', '/__proto__', '/prototype']],
    ['GET', `/v1/things/${id}#x`, ['/x']],
    ['GET', '/health/live?x=1', ['/x']],
  ])('%s %s is told which parameters are not known', async (method, path, pointers) => {
    const { status, body } = await requestAsIs(method, path);
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'invalid' });
    expect(body.errors).toEqual(pointers.map((pointer) => ({ pointer, detail: 'is not known here' })));
  });

  test('with nothing in it is none', async () => {
    expect((await requestAsIs('GET', `/v1/things/${id}?`)).status).toBe(200);
  });

  test('is looked at after the session', async () => {
    expect((await service.client.get(`/v1/things/${id}?x=1`)).status).toBe(401);
  });

  test.each(['limit=%FF', 'limit=%', 'limit=%zz', 'limit=%ED%A0%80', 'limit=20&limit=%C3%28'])(
    'that is not UTF-8 in percent-encoding, %s, is told where',
    async (query) => {
      for (const path of ['/v1/things', `/v1/things/${id}`]) {
        const { status, body } = await requestAsIs('GET', `${path}?${query}`);
        expect(status).toBe(400);
        expect(body.errors).toEqual([{ pointer: '/limit', detail: 'must be UTF-8 in percent-encoding' }]);
      }
    },
  );

  /** fetch() would take a fragment away. */
  async function requestAsIs(method: string, path: string) {
    const headers = `host: a\r\nauthorization: Bearer ${token}\r\nconnection: close`;
    const [head = '', body = ''] = (await answerTo(`${method} ${path} HTTP/1.1\r\n${headers}\r\n\r\n`)).split(
      '\r\n\r\n',
    );
    return { status: Number(head.split(' ')[1]), body: JSON.parse(body) };
  }
});

test('a client that leaves before all of its body has come is no error of the service', async () => {
  const refused = vi.spyOn(ProblemFilter.prototype, 'catch');
  const errors = vi.spyOn(Logger.prototype, 'error');
  const alone = await startTestService(probe, { database: 'postgres://nobody@127.0.0.1:1/nothing' });
  const socket = connect(Number(new URL(alone.client.url).port), '127.0.0.1');
  const headers = 'host: a\r\nexpect: 100-continue\r\ncontent-type: application/json\r\ncontent-length: 50';
  socket.write(`POST /v1/things HTTP/1.1\r\n${headers}\r\n\r\n`);
  await once(socket, 'data');
  socket.destroy();
  await vi.waitFor(() => expect(refused).toHaveBeenCalled());
  expect(errors).not.toHaveBeenCalled();
  vi.restoreAllMocks();
  await alone.close();
});

test('a response has the members that its schema names, and no others', async () => {
  const reply = await post({ label: ' a ' });
  expect(reply.status).toBe(201);
  expect(reply.body).toEqual({ id: 'a', version: 1 });
});

describe('x-request-id', () => {
  test('comes back when it is harmless, also in the problem', async () => {
    const reply = await service.client.get('/v1/nothing', { headers: { 'x-request-id': 'abcdefgh-123' } });
    expect(reply.headers.get('x-request-id')).toBe('abcdefgh-123');
    expect(reply.body.requestId).toBe('abcdefgh-123');
  });

  test.each(['Root=1-67891233-abcdef0123456789', 'host.example:443/01ARZ3ND', 'a_b~c+d/e@f==', 'x'.repeat(128)])(
    'comes back as %s too',
    async (id) => {
      const reply = await service.client.get('/health/live', { headers: { 'x-request-id': id } });
      expect(reply.headers.get('x-request-id')).toBe(id);
    },
  );

  test.each([
    'short',
    'with space in it',
    'x'.repeat(129),
    'semi;colon1',
    '<script>',
    '$(reboot)',
    '"quoted"',
    'a,b,c,d,e',
  ])('is made anew instead of %s', async (id) => {
    const reply = await service.client.get('/health/live', { headers: { 'x-request-id': id } });
    expect(reply.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('an error inside', () => {
  const fail = (how: string) => service.client.post('/v1/things/fail', { body: { how } });

  test('that nobody expected is a 500 that does not say why', async () => {
    const reply = await fail('bug');
    expect(reply.status).toBe(500);
    expect(reply.body).toEqual({
      type: 'about:blank',
      title: 'Internal Server Error',
      status: 500,
      code: 'internal_error',
      requestId: reply.headers.get('x-request-id'),
    });
  });

  test('of a rule has the code, the sentence and the details of the rule, and is nothing for the log', async () => {
    const logs = [vi.spyOn(Logger.prototype, 'warn'), vi.spyOn(Logger.prototype, 'error')];
    const reply = await fail('rule');
    for (const log of logs) expect(log).not.toHaveBeenCalled();
    vi.restoreAllMocks();
    expect(reply.status).toBe(409);
    expect(reply.body).toMatchObject({ code: 'too_little', detail: 'The balance is 5.', balance: 5 });
  });

  test.each([
    ['22012', 'select 1 / 0', 400, 'invalid'],
    ['22P02', "select 'x'::uuid", 400, 'invalid'],
    ['22003', 'select 99999999999::int4', 400, 'invalid'],
    ['23505', raise('23505'), 409, 'conflict'],
    ['23503', raise('23503'), 409, 'conflict'],
    ['23514', raise('23514'), 400, 'invalid'],
    ['40001', raise('40001'), 503, 'try_again'],
    ['40P01', raise('40P01'), 503, 'try_again'],
    ['53300', raise('53300'), 503, 'unavailable'],
    ['57014', 'select pg_sleep(5)', 504, 'timeout'],
    ['42P01', 'select 1 from nowhere', 500, 'internal_error'],
  ])(
    'of the database with SQLSTATE %s is answered with its code, and in the log with its cause',
    async (state, statement, status, code) => {
      const log = vi.spyOn(Logger.prototype, status < 500 ? 'warn' : 'error');
      const reply = await fail(statement);
      const [line, message] = log.mock.lastCall!;
      expect(describeError(line.err)).toMatchObject({
        message: expect.stringContaining(statement),
        cause: { code: state },
      });
      expect(message).toBe(code);
      log.mockRestore();
      expect(reply.status).toBe(status);
      expect(reply.body.code).toBe(code);
      expect(JSON.stringify(reply.body)).not.toContain(statement);
      expect(reply.headers.get('retry-after')).toBe(status === 503 ? '1' : null);
    },
  );
});

function raise(state: string): string {
  return `do $$ begin raise exception 'x' using errcode = '${state}'; end $$`;
}

async function answerTo(bytes: string): Promise<string> {
  const socket = connect(Number(new URL(service.client.url).port), '127.0.0.1');
  socket.setEncoding('utf8').write(bytes);
  let answer = '';
  socket.on('data', (chunk) => (answer += chunk));
  await once(socket, 'close');
  return answer;
}
