import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

const script = path.join(path.dirname(import.meta.dirname), 'comment-on-pull-request.ts');
const sandbox = mkdtempSync(path.join(tmpdir(), 'comment-'));
const BOT = 'github-actions[bot]';

interface Comment {
  id: number;
  body: string;
  user: { login: string };
}

/** GitHub as far as comments go: a page at a time, its limit, its refusals. */
let comments: Comment[];
let calls: string[];
let mayWrite: boolean;
const api = http.createServer(async (request, response) => {
  const { method, url } = request;
  calls.push(`${method} ${url}`);
  const answer = (status: number, content: object) => response.writeHead(status).end(JSON.stringify(content));
  if (request.headers.authorization !== 'Bearer good') return answer(401, { message: 'Bad credentials' });
  if (method === 'GET') {
    const page = Number(new URL(url!, 'http://localhost').searchParams.get('page'));
    return answer(200, comments.slice((page - 1) * 100, page * 100));
  }
  if (!mayWrite) return answer(403, { message: 'Resource not accessible by integration' });
  const { body } = JSON.parse(await text(request)) as { body: string };
  if (body.length > 65_536)
    return answer(422, { message: 'Body is too long (maximum is 65536 characters)', errors: [] });
  if (method === 'POST') comments.push({ id: comments.length + 1, body, user: { login: BOT } });
  else comments.find(({ id }) => id === Number(url!.split('/').at(-1)))!.body = body;
  answer(method === 'POST' ? 201 : 200, {});
});

beforeAll(async () => {
  api.listen(0, '127.0.0.1');
  await once(api, 'listening');
});
beforeEach(() => {
  comments = [];
  calls = [];
  mayWrite = true;
});
afterAll(() => {
  api.close();
  rmSync(sandbox, { recursive: true, force: true });
});

test('the first run writes a comment, the next one writes it anew', async () => {
  comments = [{ id: 1, body: 'Looks good to me', user: { login: 'ada' } }];
  expect(await comment('one')).toMatchObject({ code: 0 });
  expect(await comment('two')).toMatchObject({ code: 0 });
  expect(comments.map(({ body }) => body)).toEqual(['Looks good to me', '<!-- plan.md -->\ntwo']);
});

test('its comment is found among hundreds', async () => {
  comments = Array.from({ length: 250 }, (_, i) => ({ id: i + 1, body: 'Ping', user: { login: 'ada' } }));
  comments[201] = { id: 202, body: '<!-- plan.md -->\nold', user: { login: BOT } };
  expect(await comment('new')).toMatchObject({ code: 0 });
  expect(calls.at(-1)).toBe('PATCH /repos/owner/name/issues/comments/202');
  expect(comments[201]!.body).toBe('<!-- plan.md -->\nnew');
});

test("somebody else's comment is never changed, though it begins like its own", async () => {
  comments = [{ id: 1, body: '<!-- plan.md -->\nI was here first', user: { login: 'eve' } }];
  expect(await comment('plan')).toMatchObject({ code: 0 });
  expect(comments.map(({ body }) => body)).toEqual([expect.stringContaining('first'), '<!-- plan.md -->\nplan']);
});

test('a bad token is told in a sentence', async () => {
  const { code, said } = await comment('plan', { GITHUB_TOKEN: 'bad' });
  expect(code).toBe(1);
  expect(said).toBe(
    'GET /repos/owner/name/issues/7/comments?per_page=100&page=1 was refused: 401 Bad credentials. GITHUB_TOKEN is wrong or has run out.\n',
  );
});

test('a fork, which may not write, finds all of it in the summary', async () => {
  mayWrite = false;
  const { code, said, summary } = await comment('plan');
  expect(code).toBe(0);
  expect(said).toContain('No comment, the summary has it: POST /repos/owner/name/issues/7/comments was refused: 403');
  expect(summary).toBe('plan');
});

test("a long one is cut at GitHub's limit, its block of code closed, no character halved", async () => {
  const plan = `### Plan\n\n\`\`\`\n${'🐘'.repeat(40_000)}\n\`\`\`\n`;
  const { code, said, summary } = await comment(plan);
  expect(code, said).toBe(0);
  const { body } = comments[0]!;
  expect(body.length).toBeGreaterThan(65_530);
  expect(body.length).toBeLessThanOrEqual(65_536);
  expect(body.isWellFormed()).toBe(true);
  expect(body).toMatch(/🐘\n```\n\n… and more: the summary of the run has all of it\.\n$/);
  expect(summary).toBe(plan);
});

test('without a pull request or a file it says what it needs', async () => {
  expect(await comment('plan', { PULL_REQUEST: 'main' })).toMatchObject({ code: 2 });
  rmSync(path.join(sandbox, 'plan.md'));
  const { code, said } = await run({});
  expect(code).toBe(2);
  expect(said).toContain('PULL_REQUEST=1 node scripts/comment-on-pull-request.ts FILE');
  expect(calls).toEqual([]);
});

function comment(markdown: string, more: Record<string, string> = {}) {
  writeFileSync(path.join(sandbox, 'plan.md'), markdown);
  return run(more);
}

async function run(more: Record<string, string>): Promise<{ code: number; said: string; summary: string }> {
  const summary = path.join(sandbox, 'summary');
  writeFileSync(summary, '');
  const child = spawn(process.execPath, [script, path.join(sandbox, 'plan.md')], {
    cwd: sandbox,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      GITHUB_TOKEN: 'good',
      GITHUB_REPOSITORY: 'owner/name',
      PULL_REQUEST: '7',
      GITHUB_STEP_SUMMARY: summary,
      GITHUB_API_URL: `http://127.0.0.1:${(api.address() as AddressInfo).port}`,
      ...more,
    },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk));
  const [code] = await once(child, 'close');
  return { code, said, summary: readFileSync(summary, 'utf8') };
}
