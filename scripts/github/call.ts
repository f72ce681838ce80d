const { GITHUB_API_URL = 'https://api.github.com', GITHUB_TOKEN } = process.env;

/** GitHub refused; `status` is that of its answer, the message a sentence with what it said. */
export class GitHubError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * What GitHub's REST API answers to a path such as `/repos/owner/name/pulls`, with GITHUB_TOKEN, at GITHUB_API_URL.
 * Throws a GitHubError when it refuses.
 */
export async function callGitHub<T>(method: string, path: string, content?: object): Promise<T> {
  const answer = await fetch(`${GITHUB_API_URL}${path}`, {
    method,
    headers: { authorization: `Bearer ${GITHUB_TOKEN}`, accept: 'application/vnd.github+json' },
    signal: AbortSignal.timeout(30_000),
    ...(content ? { body: JSON.stringify(content) } : {}),
  });
  const text = await answer.text();
  if (answer.ok) return (text === '' ? undefined : JSON.parse(text)) as T;
  const hint = answer.status === 401 ? ' GITHUB_TOKEN is wrong or has run out.' : '';
  throw new GitHubError(answer.status, `${method} ${path} was refused: ${answer.status} ${readMessage(text)}.${hint}`);
}

/** The sentence in its JSON, or the beginning of what a proxy said in its place. */
function readMessage(text: string): string {
  try {
    return JSON.parse(text).message;
  } catch {
    return text.slice(0, 200);
  }
}
