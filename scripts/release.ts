/**
 * `pnpm release`: what a push to the main branch means for releases. With changesets waiting: the pull request that turns them into
 * versions and changelogs. Without: a git tag for each version that has none, and whether the deployables are among them.
 *
 *   pnpm release           run by .github/workflows/release.yml; needs GITHUB_TOKEN and GITHUB_REPOSITORY
 *   pnpm release images    builds and pushes the images of VERSION to REGISTRY
 */
import { spawnSync } from 'node:child_process';
import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { listServices } from './services.ts';

const root = path.dirname(import.meta.dirname);
const CHANGESET = path.join(root, 'node_modules/.bin/changeset');
const BRANCH = 'changeset-release/main';
const { GITHUB_TOKEN, GITHUB_REPOSITORY, GITHUB_API_URL = 'https://api.github.com', GITHUB_OUTPUT } = process.env;

if (process.argv[2] === 'images') images(need('VERSION'), need('REGISTRY'));
else if (readdirSync(path.join(root, '.changeset')).some((file) => file.endsWith('.md'))) await proposeVersions();
else tagVersions();

/** On a branch of its own, written anew each time. */
async function proposeVersions(): Promise<void> {
  run('git', 'switch', '--quiet', '--force-create', BRANCH);
  run(CHANGESET, 'version');
  run('git', 'add', '--all');
  git('commit', '--quiet', '--message', `Release ${version()}`);
  git('push', '--quiet', '--force', 'origin', BRANCH);
  console.log(`${BRANCH} is ${version()}.`);
  const pulls = `${GITHUB_API_URL}/repos/${need('GITHUB_REPOSITORY')}/pulls`;
  const [owner] = GITHUB_REPOSITORY!.split('/');
  const open = (await call('GET', `${pulls}?state=open&head=${owner}:${BRANCH}`)) as { number: number }[];
  const title = `Release ${version()}`;
  const body = 'Merging this tags the versions below and builds their images. The changelogs are in the diff.';
  if (open[0]) await call('PATCH', `${pulls}/${open[0].number}`, { title });
  else await call('POST', pulls, { title, body, head: BRANCH, base: 'main' });
}

/** Tells the workflow the version to build, when it is new. */
function tagVersions(): void {
  const before = new Set(run('git', 'tag').split('\n'));
  run(CHANGESET, 'tag');
  const created = run('git', 'tag')
    .split('\n')
    .filter((tag) => tag !== '' && !before.has(tag));
  if (created.length > 0) git('push', '--quiet', 'origin', ...created.map((tag) => `refs/tags/${tag}`));
  console.log(created.length > 0 ? `Tagged ${created.join(', ')}.` : 'Every version has its tag.');
  // The deployables have one version, see "fixed" in .changeset/config.json.
  if (GITHUB_OUTPUT && created.includes(`@org/db@${version()}`))
    appendFileSync(GITHUB_OUTPUT, `version=${version()}\n`);
}

function images(version: string, registry: string): void {
  if (GITHUB_TOKEN) {
    const login = ['login', registry.split('/')[0]!, '--username', need('GITHUB_ACTOR'), '--password-stdin'];
    const { status } = spawnSync('docker', login, { input: GITHUB_TOKEN, stdio: ['pipe', 'inherit', 'inherit'] });
    if (status !== 0) process.exit(1);
  }
  for (const name of [...listServices(root).map((service) => service.name), 'migrate', 'pgbouncer']) {
    const image = `${registry}/stratum-${name}:${version}`;
    const file = name === 'pgbouncer' ? 'docker/pgbouncer/Dockerfile' : 'docker/Dockerfile';
    const what =
      name === 'migrate' ? ['--target', 'migrate'] : name === 'pgbouncer' ? [] : ['--build-arg', `APP=${name}`];
    run('docker', 'build', '--file', file, ...what, '--tag', image, '.');
    run('docker', 'push', '--quiet', image);
    console.log(image);
  }
}

function version(): string {
  return JSON.parse(readFileSync(path.join(root, 'packages/db/package.json'), 'utf8')).version;
}

/** With the rights of the token, which is written to no file. */
function git(...args: string[]): string {
  const who = ['-c', 'user.name=release', '-c', 'user.email=release@users.noreply.github.com'];
  const basic = Buffer.from(`x-access-token:${GITHUB_TOKEN}`).toString('base64');
  const auth = {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'http.extraheader',
    GIT_CONFIG_VALUE_0: `authorization: basic ${basic}`,
  };
  return finish('git', [...who, ...args], GITHUB_TOKEN ? { ...process.env, ...auth } : process.env);
}

function run(program: string, ...args: string[]): string {
  return finish(program, args, process.env);
}

function finish(program: string, args: string[], env: NodeJS.ProcessEnv): string {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: root, encoding: 'utf8', env, maxBuffer: 1 << 26 });
  if (status === 0) return stdout.trim();
  console.error(`${program} ${args.join(' ')} ended with ${status}:\n${stdout ?? ''}${stderr ?? ''}`);
  process.exit(1);
}

async function call(method: string, address: string, content?: object): Promise<unknown> {
  const headers = { authorization: `Bearer ${need('GITHUB_TOKEN')}`, accept: 'application/vnd.github+json' };
  const answer = await fetch(address, { method, headers, ...(content ? { body: JSON.stringify(content) } : {}) });
  if (!answer.ok) throw new Error(`${method} ${address}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

function need(name: string): string {
  const value = process.env[name];
  if (value) return value;
  console.error(`${name} is not set.`);
  process.exit(2);
}
