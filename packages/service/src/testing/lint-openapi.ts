import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** What Redocly's recommended rules find wrong with an OpenAPI document, a line each; warnings count. */
export async function lintOpenApi(document: unknown): Promise<string[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'openapi-'));
  try {
    await writeFile(path.join(folder, 'openapi.json'), JSON.stringify(document));
    await writeFile(path.join(folder, 'redocly.yaml'), JSON.stringify({ extends: ['recommended'], rules: RULES }));
    const { problems } = JSON.parse(await lint(folder)) as { problems: Problem[] };
    return problems.map(({ ruleId, message, location }) => `${ruleId}: ${message} (${location[0]?.pointer})`);
  } finally {
    await rm(folder, { recursive: true });
  }
}

// A service has no licence of its own, and health answers nothing of the 4xx.
const RULES = { 'info-license': 'off', 'operation-4xx-response': 'off' };

interface Problem {
  ruleId: string;
  message: string;
  location: { pointer?: string }[];
}

/** The linter's JSON. It exits with 1 when there is something to tell. */
function lint(folder: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const require = createRequire(import.meta.url);
  const cli = path.join(path.dirname(require.resolve('@redocly/cli/package.json')), 'bin/cli.js');
  const argv = [cli, 'lint', 'openapi.json', '--config=redocly.yaml', '--format=json', '--max-problems=1000'];
  const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
  execFile(process.execPath, argv, { cwd: folder, env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
    if (stdout.trim().startsWith('{')) resolve(stdout);
    else reject(new Error(`The linter said nothing: ${stderr}`, { cause: error }));
  });
  return promise;
}
