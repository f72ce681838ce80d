/**
 * `node scripts/comment-on-pull-request.ts FILE`: puts a Markdown file under a pull request, in the place of the
 * comment that it wrote before. Needs GITHUB_TOKEN, GITHUB_REPOSITORY and PULL_REQUEST; without the right to write (a
 * fork) it goes to the summary alone.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { callGitHub, GitHubError } from './github/call.ts';

/** GitHub refuses a longer comment: https://docs.github.com/rest/issues/comments */
const LONGEST = 65_536;
/** Who the token of a workflow writes as: a comment of anybody else is left alone, whatever it begins with. */
const AUTHOR = 'github-actions[bot]';

const [file] = process.argv.slice(2);
const { GITHUB_TOKEN, GITHUB_REPOSITORY, PULL_REQUEST, GITHUB_STEP_SUMMARY } = process.env;
if (!file || !existsSync(file) || !GITHUB_TOKEN || !GITHUB_REPOSITORY || !/^\d+$/.test(PULL_REQUEST ?? '')) {
  console.error(
    'GITHUB_TOKEN=… GITHUB_REPOSITORY=owner/name PULL_REQUEST=1 node scripts/comment-on-pull-request.ts FILE',
  );
  process.exit(2);
}
const mark = `<!-- ${path.basename(file)} -->\n`;
const text = readFileSync(file, 'utf8');
if (GITHUB_STEP_SUMMARY) appendFileSync(GITHUB_STEP_SUMMARY, text);
try {
  await comment(`/repos/${GITHUB_REPOSITORY}/issues`, { body: mark + cut(text, LONGEST - mark.length) });
} catch (error) {
  if (!(error instanceof GitHubError)) throw error;
  const isFork = error.status === 403;
  console.log(isFork ? `No comment, the summary has it: ${error.message}` : error.message);
  process.exit(isFork ? 0 : 1);
}

async function comment(issues: string, content: { body: string }): Promise<void> {
  const id = await findOwn(`${issues}/${PULL_REQUEST}/comments`);
  if (id) await callGitHub('PATCH', `${issues}/comments/${id}`, content);
  else await callGitHub('POST', `${issues}/${PULL_REQUEST}/comments`, content);
}

/** The number of the comment that this script wrote before, on whichever page of them. */
async function findOwn(comments: string): Promise<number | undefined> {
  for (let page = 1; ; page++) {
    const listed = await callGitHub<{ id: number; body: string; user: { login: string } | null }[]>(
      'GET',
      `${comments}?per_page=100&page=${page}`,
    );
    const own = listed.find(({ body, user }) => user?.login === AUTHOR && body.startsWith(mark.trimEnd()));
    if (own || listed.length < 100) return own?.id;
  }
}

/** At most so many characters, ending with a line that says that there is more; an open block of code is closed. */
function cut(markdown: string, longest: number): string {
  if (markdown.length <= longest) return markdown;
  const more = (fence: string) => `\n${fence}\n\n… and more: the summary of the run has all of it.\n`;
  const [fence = ''] = /^`{3,}/m.exec(markdown) ?? [];
  // Never half of a character that takes two.
  const kept = markdown.slice(0, longest - more(fence).length).replace(/[\uD800-\uDBFF]$/, '');
  const isOpen = kept.split('\n').filter((line) => fence && line.startsWith(fence)).length % 2 === 1;
  return kept + more(isOpen ? fence : '');
}
