import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sql } from '@org/db';
import { createTestDatabase, type TestDatabase } from '@org/db/testing';
import { serviceBundle } from '@org/service/build';
import { TestClient } from '@org/service/testing';
import { build } from 'rolldown';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

// What is deployed: the bundle, where there is no node_modules.
let folder: string;
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  folder = await mkdtemp(path.join(tmpdir(), 'identity bundle '));
  const bundle = serviceBundle();
  await build({ ...bundle, cwd: path.dirname(import.meta.dirname), output: { ...bundle.output, dir: folder } });
});
afterAll(async () => {
  await database?.close();
  await rm(folder, { recursive: true });
});

const running = new Set<ChildProcess>();
afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
});

const ada = { email: 'ada@example.com', password: 'correct horse', name: 'Ada' };

describe('a service that cannot start says why in a sentence and exits with 1', () => {
  test('a variable that is wrong', async () => {
    const service = run({ IDENTITY_PORT: 'abc', DB_PREPARE: 'yes' });
    expect(await service.ended).toBe(1);
    expect(service.output()).toBe(
      'IDENTITY_PORT must be a whole number from 1 to 65535, not "abc".\nDB_PREPARE must be "true" or "false", not "yes".\n',
    );
  });

  test('a variable that is wrong under `pnpm dev`, which does not see .env change', async () => {
    const service = run({ LOG_LEVEL: 'loud', npm_lifecycle_event: 'dev' });
    expect(await service.ended).toBe(1);
    expect(service.output()).toMatch(
      /^LOG_LEVEL must be .*, not "loud"\.\nAfter a change of \.env: Ctrl-C and pnpm dev\n$/,
    );
  });

  test('a port that is taken', async () => {
    const first = await ready({});
    const second = run({ IDENTITY_PORT: first.port });
    expect(await second.ended).toBe(1);
    expect(second.output()).toMatch(/^Port \d+ on 127\.0\.0\.1 is taken; .*PORT=\d+\n$/m);
    expect(second.output()).not.toMatch(/^\s+at /m);
  });

  test('a host that is not this machine', async () => {
    const service = run({ HOST: 'nowhere.invalid' });
    expect(await service.ended).toBe(1);
    expect(service.output()).toBe('HOST nowhere.invalid is not an address of this machine; use 127.0.0.1 or 0.0.0.0\n');
  });

  test('MIGRATE_ON_START without a server', async () => {
    const service = run({
      MIGRATE_ON_START: 'true',
      DATABASE_URL: 'postgres://a:hunter2@127.0.0.1:1/app?connect_timeout=1',
    });
    expect(await service.ended).toBe(1);
    expect(service.output()).toContain('127.0.0.1:1');
    expect(service.output()).not.toMatch(/hunter2|^\s+at /m);
  });
});

test('MIGRATE_ON_START says at once that it waits for a server, and ends on a signal meanwhile', async () => {
  const url = 'postgres://a:hunter2@127.0.0.1:1/app';
  const service = run({ MIGRATE_ON_START: 'true', NODE_ENV: 'production', HOST: '127.0.0.1', DATABASE_URL: url });
  await until(async () => service.output().includes('Waiting for the database at 127.0.0.1:1'));
  service.child.kill('SIGTERM');
  expect(await service.ended).toBe(0);
  expect(JSON.parse(service.output())).toMatchObject({ level: 40, name: 'identity', host: '127.0.0.1', port: 1 });
  expect(service.output()).not.toContain('hunter2');
});

test('MIGRATE_ON_START creates and migrates what is missing before it listens', async () => {
  const url = new URL(database.url);
  url.pathname += '_fresh';
  const service = await ready({ MIGRATE_ON_START: 'true', DATABASE_URL: url.href });
  expect((await service.client.get('/health/ready')).status).toBe(200);
  expect(service.output()).toContain('Applied 0000_');
  service.child.kill('SIGTERM');
  expect(await service.ended).toBe(0);
  await database.db.execute(sql.raw(`drop database "${url.pathname.slice(1)}" with (force)`));
});

test('MIGRATE_ON_START is no reason for an old release not to start again while a newer one is rolled out', async () => {
  const ahead = await createTestDatabase();
  await ahead.db.execute(
    sql`insert into drizzle.__drizzle_migrations (hash, created_at) values ('later', 4102444800000)`,
  );
  const service = await ready({ MIGRATE_ON_START: 'true', DATABASE_URL: ahead.url });
  expect((await service.client.get('/health/ready')).status).toBe(200);
  expect(service.output()).toContain('The database is ahead of these migrations');
  service.child.kill('SIGTERM');
  expect(await service.ended).toBe(0);
  await ahead.close();
});

test('the docs and their assets are in the bundle, and are shown in production only when asked for', async () => {
  const paths = ['/docs', '/docs/swagger-ui.css', '/docs/swagger-ui-bundle.js', '/docs/swagger-ui-init.js'];
  for (const [docs, status] of [
    ['true', 200],
    ['false', 404],
  ] as const) {
    const { client } = await ready({ NODE_ENV: 'production', HOST: '127.0.0.1', DOCS_ENABLED: docs });
    for (const path of paths) expect((await client.get(path)).status, path).toBe(status);
    expect((await client.get('/openapi.json')).status).toBe(200);
  }
});

describe('on a signal', () => {
  test('what is in flight is finished while readiness says draining, then the process exits with 0', async () => {
    const service = await ready({ SHUTDOWN_DELAY: '600' });
    const { reply, release } = await requestInFlight(service, 'in-flight@example.com');

    service.child.kill('SIGTERM');
    await until(async () => (await service.client.get('/health/ready')).body.reason === 'draining');
    expect((await service.client.get('/health/live')).headers.get('connection')).toBe('close');
    await until(async () => !(await service.client.get('/health/live').catch(() => undefined)));
    await release();

    expect((await reply).status).toBe(201);
    expect(await service.ended).toBe(0);
  });

  test('what does not finish in SHUTDOWN_TIMEOUT is given up with 1', async () => {
    const service = await ready({ SHUTDOWN_TIMEOUT: '300' });
    const { reply, release } = await requestInFlight(service, 'too-slow@example.com');
    service.child.kill('SIGTERM');
    expect(await service.ended).toBe(1);
    await release();
    await expect(reply).rejects.toThrow();
  });

  test('a second one ends it at once with 1, unless it is the same Ctrl-C passed on by a parent', async () => {
    const service = await ready({ SHUTDOWN_DELAY: '60000' });
    service.child.kill('SIGINT');
    await until(async () => (await service.client.get('/health/ready')).body.reason === 'draining');
    service.child.kill('SIGINT');
    expect((await service.client.get('/health/live')).status).toBe(200);
    await until(async () => !service.child.kill('SIGINT') || service.child.exitCode !== null);
    expect(await service.ended).toBe(1);
  });
});

test('the log has a line of JSON for each request but those for health, and no secret', async () => {
  const service = await ready({ NODE_ENV: 'production', HOST: '127.0.0.1', SHUTDOWN_DELAY: '0' });
  const created = await service.client.post('/v1/users', { body: ada, headers: { 'x-request-id': 'request-of-ada' } });
  expect(created.status).toBe(201);
  const { body: session } = await service.client.post('/v1/sessions', {
    body: { email: ada.email, password: ada.password },
  });
  await service.client.get('/v1/users/me', { token: session.token });
  await service.client.get(`/v1/users/me?access_token=${session.token}`);
  await service.client.post('/v1/users', { body: ada });
  await service.client.post('/v1/sessions', { body: { email: ada.email, password: 'not the password' } });
  const guess = { currentPassword: 'not the password', name: 'Eve' };
  await service.client.patch('/v1/users/me', { token: session.token, body: guess });
  const change = { currentPassword: ada.password, password: 'another horse' };
  await service.client.patch('/v1/users/me', { token: session.token, body: change });
  service.child.kill('SIGTERM');
  await service.ended;

  const lines = service
    .output()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.find((line) => line.url && line.requestId === 'request-of-ada')).toMatchObject({
    name: 'identity',
    method: 'POST',
    url: '/v1/users',
    status: 201,
  });
  expect(lines.filter((line) => line.url?.startsWith('/health'))).toEqual([]);
  // Who signed in, who tried to, who changed a password: each with the request that it belongs to.
  const events = lines.filter((line) => line.event);
  expect(events.map((line) => line.event)).toEqual([
    'registered',
    'signed_in',
    'sign_in_refused',
    'forbidden',
    'password_changed',
  ]);
  for (const line of events) {
    expect(line).toMatchObject({ userId: created.body.id, requestId: expect.any(String), msg: expect.any(String) });
    expect(new Date(line.time).getTime()).toBeGreaterThan(0);
  }
  for (const secret of [ada.password, change.password, ada.email, session.token, 'argon2id', 'authorization']) {
    expect(service.output()).not.toContain(secret);
  }
});

/** Registers a user while another transaction holds the table, so that the request waits for `release`. */
async function requestInFlight(service: Running, email: string) {
  const { promise: released, resolve } = Promise.withResolvers<void>();
  const { promise: locked, resolve: isLocked } = Promise.withResolvers<void>();
  const holder = database.db.transaction(async (tx) => {
    await tx.execute(sql`lock table identity.users in exclusive mode`);
    isLocked();
    await released;
  });
  await locked;
  const reply = service.client.post('/v1/users', { body: { ...ada, email } });
  reply.catch(() => {});
  await until(async () => {
    const waiting = await database.db.execute(
      sql`select 1 from pg_locks where not granted and relation = 'identity.users'::regclass`,
    );
    return waiting.length > 0;
  });
  const release = async () => {
    resolve();
    await holder;
  };
  return { reply, release };
}

interface Running {
  child: ChildProcess;
  client: TestClient;
  port: string;
  /** The exit code. */
  ended: Promise<number | null>;
  output(): string;
}

function run(env: Record<string, string>): Running {
  const port = String(20_000 + Math.floor(Math.random() * 12_000));
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, ['main.js'], {
    cwd: folder,
    env: { PATH, HOME, DATABASE_URL: database.urlAs('identity'), IDENTITY_PORT: port, ...env },
  });
  running.add(child);
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => chunks.push(chunk));
  const ended = once(child, 'close').then(([code]) => {
    running.delete(child);
    return code as number | null;
  });
  const client = new TestClient(`http://127.0.0.1:${env.IDENTITY_PORT ?? port}`);
  return { child, client, port, ended, output: () => Buffer.concat(chunks).toString() };
}

async function ready(env: Record<string, string>): Promise<Running> {
  const service = run(env);
  await until(async () => {
    if (service.child.exitCode !== null) throw new Error(`The service ended: ${service.output()}`);
    return (await service.client.get('/health/live').catch(() => undefined))?.status === 200;
  });
  return service;
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 15_000; !(await isTrue()); await new Promise((resolve) => setTimeout(resolve, 10))) {
    if (Date.now() > end) throw new Error('This did not become true within 15 seconds.');
  }
}
