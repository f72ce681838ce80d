/**
 * `pnpm smoke`: the main story over HTTP against running services; exit 0 when every promise held, else 1.
 *
 *   pnpm smoke [--<service> URL]… [--admin-email E --admin-password P]
 *
 * Services default to where `pnpm dev` puts them, the admin to the one of the development seeds. Makes two new users
 * and leaves their data behind. A service that the story does not know is asked whether it is ready.
 */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { listServices } from './services.ts';

const services = listServices(path.dirname(import.meta.dirname));
const { values } = parseArgs({
  options: {
    ...Object.fromEntries(
      services.map(({ name, defaultPort }) => [
        name,
        { type: 'string' as const, default: `http://127.0.0.1:${defaultPort}` },
      ]),
    ),
    'admin-email': { type: 'string', default: 'admin@example.com' },
    'admin-password': { type: 'string', default: 'admin-password' },
  },
});
const options = values as Record<'identity' | 'files' | 'credits' | keyof typeof values, string>;
const run = randomUUID().slice(0, 8);
let checks = 0;

await step('every service is ready', async () => {
  for (const { name } of services) await call(200, 'GET', `${(options as Record<string, string>)[name]}/health/ready`);
});

const ada = await step('a user registers and signs in', () => newUser('ada'));
const bob = await step('so does a second one', () => newUser('bob'));

await step('an address is taken once, and a wrong password does not sign in', async () => {
  const again = { email: ada.email, password: 'another-password', name: 'Again' };
  expect((await call(409, 'POST', `${options.identity}/v1/users`, { body: again })).body.code, 'email_taken');
  await call(401, 'POST', `${options.identity}/v1/sessions`, {
    body: { email: ada.email, password: 'wrong-password' },
  });
  await call(401, 'GET', `${options.identity}/v1/users/me`);
});

const folders = await step('folders nest, and a folder does not move into itself', async () => {
  const top = await createFolder('Projects');
  const child = await createFolder('2026', top.id);
  const leaf = await createFolder('Stratum', child.id);
  const within = await call(200, 'GET', `${options.files}/v1/folders?parentId=${top.id}`, ada);
  expect(within.body.items.length, 1);
  const fresh = await call(200, 'GET', `${options.files}/v1/folders/${top.id}`, ada);
  const cycle = { ...ada, ifMatch: fresh.etag, body: { parentId: leaf.id } };
  const refused = await call([400, 409, 422], 'PATCH', `${options.files}/v1/folders/${top.id}`, cycle);
  expect(typeof refused.body.code, 'string');
  return { top, leaf };
});

const files = await step('30 files go in and come back in pages, each once', async () => {
  const created: string[] = [];
  for (let i = 1; i <= 30; i++) {
    const body = {
      name: `report-${String(i).padStart(2, '0')}.txt`,
      mimeType: 'text/plain',
      size: i * 100,
      folderId: folders.leaf.id,
      tags: i % 3 === 0 ? ['third', 'report'] : ['report'],
    };
    created.push((await call(201, 'POST', `${options.files}/v1/files`, { ...ada, body })).body.id);
  }
  const listed = await listAll(`${options.files}/v1/files?folderId=${folders.leaf.id}&limit=7`);
  expect(listed.length, 30);
  expect(new Set(listed).size, 30);
  const counted = await call(
    200,
    'GET',
    `${options.files}/v1/files?folderId=${folders.leaf.id}&limit=1&count=true`,
    ada,
  );
  expect(counted.body.total, 30);
  expect((await listAll(`${options.files}/v1/files?tag=third&limit=4`)).length, 10);
  return created;
});

await step('a tampered cursor and a limit of -1 are refused', async () => {
  const page = await call(200, 'GET', `${options.files}/v1/files?limit=2`, ada);
  const cursor: string = page.body.nextCursor;
  const tampered = cursor.slice(0, -2) + (cursor.endsWith('A') ? 'BB' : 'AA');
  await call(400, 'GET', `${options.files}/v1/files?limit=2&cursor=${tampered}`, ada);
  await call(400, 'GET', `${options.files}/v1/files?limit=-1`, ada);
});

await step('a file is changed only by who saw its newest version', async () => {
  const address = `${options.files}/v1/files/${files[0]}`;
  const seen = await call(200, 'GET', address, ada);
  await call(428, 'PATCH', address, { ...ada, body: { name: 'renamed.txt' } });
  await call(200, 'PATCH', address, { ...ada, ifMatch: seen.etag, body: { name: 'renamed.txt' } });
  await call(412, 'PATCH', address, { ...ada, ifMatch: seen.etag, body: { name: 'lost-update.txt' } });
  const now = await call(200, 'GET', address, ada);
  expect(now.body.name, 'renamed.txt');
  const version = { ...ada, ifMatch: now.etag, body: { size: 4242, mimeType: 'text/plain' } };
  await call(201, 'POST', `${address}/versions`, version);
  expect((await call(200, 'GET', `${address}/versions`, ada)).body.items.length >= 1, true);
  expect((await call(200, 'GET', address, ada)).body.size, 4242);
});

await step('a deleted file is gone and comes back', async () => {
  const address = `${options.files}/v1/files/${files[1]}`;
  const seen = await call(200, 'GET', address, ada);
  await call(204, 'DELETE', address, { ...ada, ifMatch: seen.etag });
  await call(404, 'GET', address, ada);
  await call([200, 201], 'POST', `${address}/restore`, ada);
  await call(200, 'GET', address, ada);
});

await step('one user does not see what belongs to another', async () => {
  await call(404, 'GET', `${options.files}/v1/files/${files[2]}`, bob);
  await call(404, 'GET', `${options.files}/v1/folders/${folders.top.id}`, bob);
  expect((await call(200, 'GET', `${options.files}/v1/files`, bob)).body.items.length, 0);
});

await step('50 spends at once leave the exact balance, and the 51st credit cannot be spent', async () => {
  const admin = await signIn(options['admin-email'], options['admin-password']);
  const spend = (key: string, who: Caller) =>
    call([201, 409], 'POST', `${options.credits}/v1/transactions`, {
      ...who,
      idempotencyKey: key,
      body: { type: 'usage', amount: 3 },
    });
  const purchase = { type: 'purchase', amount: 100, userId: ada.id };
  await call(201, 'POST', `${options.credits}/v1/transactions`, {
    ...admin,
    idempotencyKey: `${run}-buy`,
    body: purchase,
  });
  const results = await Promise.all(Array.from({ length: 50 }, (_, i) => spend(`${run}-spend-${i}`, ada)));
  expect(results.filter((result) => result.status === 201).length, 33);
  expect(
    results.filter((result) => result.status === 409).every((result) => result.body.code === 'insufficient_credits'),
    true,
  );
  expect((await call(200, 'GET', `${options.credits}/v1/balance`, ada)).body.balance, 1);
  const won = results.findIndex((result) => result.status === 201);
  const replay = await spend(`${run}-spend-${won}`, ada);
  expect(replay.headers.get('idempotent-replayed'), 'true');
  expect((await call(200, 'GET', `${options.credits}/v1/balance`, ada)).body.balance, 1);
  const ledger = await call(200, 'GET', `${options.credits}/v1/transactions?limit=100`, ada);
  expect(ledger.body.items.length, 34);
  const forbidden = { ...bob, idempotencyKey: `${run}-free`, body: { type: 'bonus', amount: 1_000 } };
  await call(403, 'POST', `${options.credits}/v1/transactions`, forbidden);
});

await step('bad input is refused with a code', async () => {
  const refused = async (status: number, method: string, address: string, request: Request = {}) => {
    const answer = await call(status, method, address, { ...ada, ...request });
    expect(answer.headers.get('content-type')?.startsWith('application/problem+json'), true);
    expect(typeof answer.body.code, 'string');
  };
  await refused(400, 'POST', `${options.files}/v1/files`, { rawBody: '{"name": ' });
  await refused(400, 'POST', `${options.files}/v1/folders`, { body: { name: 'nul\u0000nul' } });
  await refused(404, 'GET', `${options.files}/v1/files/${randomUUID()}`);
  await refused(400, 'GET', `${options.files}/v1/files/not-an-id`);
  await refused(404, 'GET', `${options.identity}/v1/nothing-here`);
});

await step('signing out everywhere ends the session', async () => {
  await call(204, 'DELETE', `${options.identity}/v1/sessions`, ada);
  await call(401, 'GET', `${options.files}/v1/files`, ada);
});

console.log(`\n${checks} steps passed.`);

async function newUser(name: string): Promise<Caller & { id: string; email: string }> {
  const email = `${name}-${run}@example.com`;
  const password = `${name}-password-${run}`;
  const created = await call(201, 'POST', `${options.identity}/v1/users`, { body: { email, password, name } });
  return { ...(await signIn(email, password)), id: created.body.id, email };
}

async function signIn(email: string, password: string): Promise<Caller> {
  return {
    token: (await call(201, 'POST', `${options.identity}/v1/sessions`, { body: { email, password } })).body.token,
  };
}

async function createFolder(name: string, parentId?: string): Promise<{ id: string }> {
  return (await call(201, 'POST', `${options.files}/v1/folders`, { ...ada, body: { name, parentId } })).body;
}

async function listAll(address: string): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page = await call(
      200,
      'GET',
      cursor === '' ? address : `${address}&cursor=${encodeURIComponent(cursor)}`,
      ada,
    );
    ids.push(...page.body.items.map((item: { id: string }) => item.id));
    cursor = page.body.nextCursor;
  }
  return ids;
}

async function call(
  status: number | number[],
  method: string,
  address: string,
  request: Request = {},
): Promise<Answer> {
  const body = request.rawBody ?? (request.body === undefined ? undefined : JSON.stringify(request.body));
  const response = await fetch(address, {
    method,
    body,
    signal: AbortSignal.timeout(10_000),
    headers: {
      ...(request.token && { authorization: `Bearer ${request.token}` }),
      ...(request.ifMatch && { 'if-match': request.ifMatch }),
      ...(request.idempotencyKey && { 'idempotency-key': request.idempotencyKey }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
  }).catch((error: unknown) => {
    throw isRefused(error)
      ? new Error(`Nothing listens at ${new URL(address).origin}. Start the services: pnpm dev`)
      : error;
  });
  const text = await response.text();
  if (![status].flat().includes(response.status)) {
    throw new Error(`${method} ${address}: expected ${status}, got ${response.status} ${text}`);
  }
  return {
    status: response.status,
    headers: response.headers,
    etag: response.headers.get('etag') ?? undefined,
    body: text === '' ? undefined : JSON.parse(text),
  };
}

function isRefused(error: unknown): boolean {
  return error instanceof Error && (error.cause as NodeJS.ErrnoException | undefined)?.code === 'ECONNREFUSED';
}

function expect(actual: unknown, expected: unknown): void {
  if (actual !== expected) throw new Error(`expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`);
}

async function step<T>(promise: string, act: () => Promise<T>): Promise<T> {
  try {
    const result = await act();
    checks++;
    console.log(`ok    ${promise}`);
    return result;
  } catch (error) {
    console.log(`FAIL  ${promise}\n      ${error instanceof Error ? error.message : error}`);
    process.exit(1);
  }
}

interface Caller {
  token: string;
}

interface Request extends Partial<Caller> {
  body?: unknown;
  rawBody?: string;
  ifMatch?: string;
  idempotencyKey?: string;
}

interface Answer {
  status: number;
  headers: Headers;
  etag: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: the shape is what this script checks
  body: any;
}
