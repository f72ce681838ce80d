/**
 * `pnpm release`: what a push to the main branch means for releases. With changesets waiting: the pull request that
 * turns them into versions and changelogs. Without: a git tag for each version that has none, and whether the
 * deployables are among them.
 *
 *   pnpm release           run by .github/workflows/release.yml; needs GITHUB_TOKEN and GITHUB_REPOSITORY
 *   pnpm release images    builds and pushes the images of VERSION to REGISTRY
 *     --dry-run            prints the commands for it and runs none
 *     --engine podman      in the place of docker
 *     -- --build-arg …     further flags of every build
 *   pnpm release login     logs in to REGISTRY with GITHUB_TOKEN, which `images` does by itself
 */
import { spawnSync } from 'node:child_process';
import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { callGitHub, GitHubError } from './github/call.ts';
import { listServices } from './services.ts';

const root = path.dirname(import.meta.dirname);
const CHANGESET = path.join(root, 'node_modules/.bin/changeset');
const BRANCH = 'changeset-release/main';
const { GITHUB_TOKEN, GITHUB_OUTPUT, GITHUB_REPOSITORY, GITHUB_SERVER_URL = 'https://github.com' } = process.env;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { 'dry-run': { type: 'boolean', default: false }, engine: { type: 'string', default: 'docker' } },
});
/** Whose commits and tags they are: a runner has no git configuration. */
const [NAME, EMAIL] = ['release', 'release@users.noreply.github.com'];
const IDENTITY = {
  GIT_AUTHOR_NAME: NAME,
  GIT_AUTHOR_EMAIL: EMAIL,
  GIT_COMMITTER_NAME: NAME,
  GIT_COMMITTER_EMAIL: EMAIL,
};
const isWaiting = () => readdirSync(path.join(root, '.changeset')).some((file) => file.endsWith('.md'));

try {
  if (positionals[0] === 'images') images(need('VERSION'), registry(), positionals.slice(1));
  else if (positionals[0] === 'login') logIn(registry());
  else if (positionals[0] !== undefined) stop(2, `pnpm release knows images and login, not ${positionals[0]}.`);
  else if (isWaiting()) await proposeVersions();
  else tagVersions();
} catch (error) {
  if (error instanceof GitHubError) stop(1, error.message);
  throw error;
}

/** On a branch of its own, written anew each time. */
async function proposeVersions(): Promise<void> {
  run('git', 'switch', '--quiet', '--force-create', BRANCH);
  run(CHANGESET, 'version');
  run('git', 'add', '--all');
  git('commit', '--quiet', '--message', `Release ${version()}`);
  git('push', '--quiet', '--force', 'origin', BRANCH);
  console.log(`${BRANCH} is ${version()}.`);
  const pulls = `/repos/${need('GITHUB_REPOSITORY')}/pulls`;
  const [owner] = GITHUB_REPOSITORY!.split('/');
  const [open] = await callGitHub<{ number: number }[]>('GET', `${pulls}?state=open&head=${owner}:${BRANCH}`);
  const title = `Release ${version()}`;
  const body = 'Merging this tags the versions below and builds their images. The changelogs are in the diff.';
  if (open) await callGitHub('PATCH', `${pulls}/${open.number}`, { title });
  else await callGitHub('POST', pulls, { title, body, head: BRANCH, base: 'main' });
}

/** Tells the workflow the version to build, when it is new. */
function tagVersions(): void {
  const before = new Set(run('git', 'tag').split('\n'));
  finish(CHANGESET, ['tag'], { ...process.env, ...IDENTITY });
  const created = run('git', 'tag')
    .split('\n')
    .filter((tag) => tag !== '' && !before.has(tag));
  // changesets ends with 0 also where git refuses a tag.
  const wanted = `@org/db@${version()}`;
  if (!created.includes(wanted) && !before.has(wanted)) stop(1, `git made no tag ${wanted}. Nothing was pushed.`);
  if (created.length > 0) git('push', '--quiet', '--atomic', 'origin', ...created.map((tag) => `refs/tags/${tag}`));
  console.log(created.length > 0 ? `Tagged ${created.join(', ')}.` : 'Every version has its tag.');
  // The deployables have one version, see "fixed" in .changeset/config.json: all of @org but what is named there.
  if (GITHUB_OUTPUT && created.includes(wanted)) appendFileSync(GITHUB_OUTPUT, `version=${version()}\n`);
}

/** All are built before the first is pushed: a version is there as a whole, or not at all. */
function images(version: string, registry: string, flags: string[]): void {
  const names = [...listServices(root).map((service) => service.name), 'migrate', 'pgbouncer'];
  const image = (name: string) => `${registry}/stratum-${name}:${version}`;
  if (GITHUB_TOKEN) logIn(registry);
  for (const name of names) {
    const file = name === 'pgbouncer' ? 'docker/pgbouncer/Dockerfile' : 'docker/Dockerfile';
    const what =
      name === 'migrate' ? ['--target', 'migrate'] : name === 'pgbouncer' ? [] : ['--build-arg', `APP=${name}`];
    act(options.engine, 'build', '--file', file, ...what, ...flags, ...labels(version), '--tag', image(name), '.');
  }
  for (const name of names) {
    act(options.engine, 'push', '--quiet', image(name));
    if (!options['dry-run']) console.log(image(name));
  }
}

/**
 * What it is and where it came from, as registries and scanners read it:
 * https://specs.opencontainers.org/image-spec/annotations
 */
function labels(version: string): string[] {
  const told = {
    version,
    revision: run('git', 'rev-parse', 'HEAD'),
    ...(GITHUB_REPOSITORY ? { source: `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}` } : {}),
  };
  return Object.entries(told).flatMap(([name, value]) => ['--label', `org.opencontainers.image.${name}=${value}`]);
}

/** The token goes by standard input, where no list of processes shows it. */
function logIn(registry: string): void {
  const args = ['login', registry.split('/')[0]!, '--username', need('GITHUB_ACTOR'), '--password-stdin'];
  if (options['dry-run']) console.log(`${options.engine} ${args.join(' ')}`);
  else finish(options.engine, args, process.env, need('GITHUB_TOKEN'));
}

/** The names of images are in small letters, that of an owner need not be. */
function registry(): string {
  return need('REGISTRY').toLowerCase();
}

/** With --dry-run only told. */
function act(program: string, ...args: string[]): void {
  if (options['dry-run']) console.log([program, ...args].join(' '));
  else run(program, ...args);
}

function version(): string {
  return JSON.parse(readFileSync(path.join(root, 'packages/db/package.json'), 'utf8')).version;
}

/** With the rights of the token, which is written to no file. */
function git(...args: string[]): string {
  const basic = Buffer.from(`x-access-token:${GITHUB_TOKEN}`).toString('base64');
  const auth = {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'http.extraheader',
    GIT_CONFIG_VALUE_0: `authorization: basic ${basic}`,
  };
  return finish('git', args, { ...process.env, ...IDENTITY, ...(GITHUB_TOKEN ? auth : {}) });
}

function run(program: string, ...args: string[]): string {
  return finish(program, args, process.env);
}

function finish(program: string, args: string[], env: NodeJS.ProcessEnv, input?: string): string {
  const how = { cwd: root, encoding: 'utf8', env, maxBuffer: 1 << 26, ...(input ? { input } : {}) } as const;
  const { status, stdout, stderr, error } = spawnSync(program, args, how);
  if (status === 0) return stdout.trim();
  if (error) stop(1, `${program} cannot be run: ${error.message}`);
  stop(1, `${program} ${args.join(' ')} ended with ${status}:\n${stdout}${stderr}`);
}

function need(name: string): string {
  return process.env[name] || stop(2, `${name} is not set.`);
}

function stop(code: number, why: string): never {
  console.error(why);
  process.exit(code);
}
