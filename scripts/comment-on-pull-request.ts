/**
 * `node scripts/comment-on-pull-request.ts FILE`: puts a Markdown file under a pull request, in the place of the comment that it wrote
 * before. Needs GITHUB_TOKEN, GITHUB_REPOSITORY and PULL_REQUEST; without the right to write (a fork) it goes to the summary alone.
 */
import { appendFileSync, readFileSync } from 'node:fs';

const [file] = process.argv.slice(2);
const {
  GITHUB_TOKEN,
  GITHUB_REPOSITORY,
  PULL_REQUEST,
  GITHUB_STEP_SUMMARY,
  GITHUB_API_URL = 'https://api.github.com',
} = process.env;
if (!file || !GITHUB_TOKEN || !GITHUB_REPOSITORY || !/^\d+$/.test(PULL_REQUEST ?? '')) {
  console.error(
    'GITHUB_TOKEN=… GITHUB_REPOSITORY=owner/name PULL_REQUEST=1 node scripts/comment-on-pull-request.ts FILE',
  );
  process.exit(2);
}
const mark = `<!-- ${file} -->`;
// GitHub refuses comments above 65,536 characters.
const body = `${mark}\n${readFileSync(file, 'utf8').slice(0, 60_000)}`;
if (GITHUB_STEP_SUMMARY) appendFileSync(GITHUB_STEP_SUMMARY, body);

const issues = `${GITHUB_API_URL}/repos/${GITHUB_REPOSITORY}/issues`;
const comments = (await call('GET', `${issues}/${PULL_REQUEST}/comments?per_page=100`)) as
  | { id: number; body: string }[]
  | undefined;
const mine = comments?.find((comment) => comment.body.startsWith(mark));
if (mine) await call('PATCH', `${issues}/comments/${mine.id}`, { body });
else if (comments) await call('POST', `${issues}/${PULL_REQUEST}/comments`, { body });

async function call(method: string, address: string, content?: object): Promise<unknown> {
  const headers = { authorization: `Bearer ${GITHUB_TOKEN}`, accept: 'application/vnd.github+json' };
  const answer = await fetch(address, { method, headers, ...(content ? { body: JSON.stringify(content) } : {}) });
  if (answer.ok) return answer.json();
  if (answer.status === 403) return void console.log(`No right to comment (${method}); the summary has it.`);
  throw new Error(`${method} ${address}: ${answer.status} ${await answer.text()}`);
}
