import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listServices } from '../services.ts';

const root = path.dirname(path.dirname(import.meta.dirname));
const sandbox = mkdtempSync(path.join(tmpdir(), 'release-'));
const clone = path.join(sandbox, 'clone');
const calls: string[] = [];
let api: http.Server;

beforeAll(async () => {
  git(sandbox, 'init', '--quiet', '--bare', '--initial-branch=main', 'remote.git');
  git(sandbox, 'init', '--quiet', '--initial-branch=main', 'clone');
  // As it is here, committed or not.
  const files = git(root, 'ls-files', '-z', '--cached', '--others', '--exclude-standard').split('\0');
  const needed =
    /^(apps\/\w+|packages\/[\w-]+)\/package\.json$|^\.changeset\/|^scripts\/|^(package\.json|pnpm-workspace\.yaml|\.gitignore)$/;
  for (const file of files.filter((file) => needed.test(file) && existsSync(path.join(root, file)))) {
    cpSync(path.join(root, file), path.join(clone, file));
  }
  symlinkSync(path.join(root, 'node_modules'), path.join(clone, 'node_modules'));
  writeFileSync(path.join(clone, '.git/info/exclude'), 'node_modules\n');
  git(clone, 'remote', 'add', 'origin', path.join(sandbox, 'remote.git'));
  // A service that .changeset/config.json has not heard of.
  const { version: _, ...manifest } = JSON.parse(readFileSync(path.join(clone, 'apps/files/package.json'), 'utf8'));
  const added = { ...manifest, name: '@org/added', version: version('files'), config: { port: 3999 } };
  mkdirSync(path.join(clone, 'apps/added'));
  writeFileSync(path.join(clone, 'apps/added/package.json'), JSON.stringify(added));
  writeFileSync(
    path.join(clone, '.changeset/a-change.md'),
    '---\n"@org/files": minor\n---\n\nFiles can be found by tag.\n',
  );
  commit('Add a change');
  api = http.createServer((request, response) => {
    calls.push(`${request.method} ${request.url}`);
    response.setHeader('content-type', 'application/json').end(request.method === 'GET' ? '[]' : '{}');
  });
  api.listen(0, '127.0.0.1');
  await once(api, 'listening');
});
afterAll(() => {
  api.close();
  rmSync(sandbox, { recursive: true, force: true });
});

test('changesets become a pull request with versions and changelogs; merged, a tag each and a version to build', async () => {
  const before = version('db');
  await release();
  expect(calls).toEqual([
    expect.stringMatching(/^GET \/repos\/owner\/name\/pulls\?state=open/),
    'POST /repos/owner/name/pulls',
  ]);
  git(clone, 'fetch', '--quiet', 'origin');
  expect(git(clone, 'log', '-1', '--format=%s', 'origin/changeset-release/main')).toMatch(/^Release \d/);
  expect(readFileSync(path.join(clone, 'apps/files/CHANGELOG.md'), 'utf8')).toContain('Files can be found by tag.');
  expect(version('files')).not.toBe(before);
  // Services and migrations are one release, a service that was added since too.
  const deployables = ['identity', 'credits', 'db', 'added'];
  expect(deployables.map(version)).toEqual(deployables.map(() => version('files')));

  git(clone, 'switch', '--quiet', 'main');
  git(clone, 'merge', '--quiet', '--ff-only', 'changeset-release/main');
  const { output } = await release();
  expect(output).toBe(`version=${version('db')}\n`);
  const tags = git(path.join(sandbox, 'remote.git'), 'tag').split('\n');
  expect(tags).toEqual(expect.arrayContaining([`@org/files@${version('files')}`, `@org/added@${version('files')}`]));

  expect((await release()).output, 'a push that releases nothing').toBe('');
});

test('the images of a version are told before they are built: a tag each, all built before the first is pushed', async () => {
  const env = { VERSION: '1.4.0', REGISTRY: 'ghcr.io/Owner', GITHUB_ACTOR: 'ada' };
  const { code, said } = await run(['images', '--dry-run'], env);
  expect(code, said).toBe(0);
  const labels = `--label org.opencontainers.image.version=1.4.0 --label org.opencontainers.image.revision=${git(clone, 'rev-parse', 'HEAD')} --label org.opencontainers.image.source=https://github.com/owner/name`;
  const services = listServices(clone).map(({ name }) => name);
  expect(services).toContain('added');
  const names = [...services, 'migrate', 'pgbouncer'];
  expect(said.trim().split('\n')).toEqual([
    'docker login ghcr.io --username ada --password-stdin',
    ...services.map(
      (name) =>
        `docker build --file docker/Dockerfile --build-arg APP=${name} ${labels} --tag ghcr.io/owner/stratum-${name}:1.4.0 .`,
    ),
    `docker build --file docker/Dockerfile --target migrate ${labels} --tag ghcr.io/owner/stratum-migrate:1.4.0 .`,
    `docker build --file docker/pgbouncer/Dockerfile ${labels} --tag ghcr.io/owner/stratum-pgbouncer:1.4.0 .`,
    ...names.map((name) => `docker push --quiet ghcr.io/owner/stratum-${name}:1.4.0`),
  ]);
});

test('flags for every build come behind --', async () => {
  const env = { VERSION: '1.4.0', REGISTRY: 'ghcr.io/owner', GITHUB_ACTOR: 'ada' };
  const { said } = await run(['images', '--dry-run', '--', '--build-arg', 'NODE_IMAGE=node@sha256:1'], env);
  const builds = said.split('\n').filter((line) => line.startsWith('docker build'));
  expect(builds.length).toBeGreaterThan(3);
  for (const line of builds) expect(line).toContain(' --build-arg NODE_IMAGE=node@sha256:1 ');
});

test('what is missing, unknown or refused is one sentence', async () => {
  expect(await run(['images'], { REGISTRY: 'ghcr.io/owner', VERSION: '' })).toMatchObject({
    code: 2,
    said: 'VERSION is not set.\n',
  });
  expect(await run(['image'])).toMatchObject({ code: 2, said: 'pnpm release knows images and login, not image.\n' });
  const env = { VERSION: '1.4.0', REGISTRY: 'ghcr.io/owner', GITHUB_ACTOR: 'ada' };
  const { code, said } = await run(['images', '--engine', 'no-such-engine'], env);
  expect(code).toBe(1);
  expect(said).toMatch(/^no-such-engine cannot be run: .*ENOENT\n$/);
});

/** With what the workflow gets as outputs. */
async function release(): Promise<{ output: string }> {
  const output = path.join(sandbox, 'output');
  writeFileSync(output, '');
  const { code, said } = await run([], { GITHUB_OUTPUT: output });
  expect(code, said).toBe(0);
  return { output: readFileSync(output, 'utf8') };
}

async function run(args: string[], env: Record<string, string> = {}): Promise<{ code: number; said: string }> {
  const child = spawn(process.execPath, ['scripts/release.ts', ...args], {
    cwd: clone,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      // As on a runner, where nobody has said who commits.
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
      GITHUB_TOKEN: 'none',
      GITHUB_REPOSITORY: 'owner/name',
      GITHUB_API_URL: `http://127.0.0.1:${(api.address() as AddressInfo).port}`,
      ...env,
    },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk));
  const [code] = await once(child, 'close');
  return { code, said };
}

function version(name: string): string {
  const folder = name === 'db' ? 'packages/db' : `apps/${name}`;
  return JSON.parse(readFileSync(path.join(clone, folder, 'package.json'), 'utf8')).version;
}

function commit(message: string): void {
  git(clone, 'add', '--all');
  git(clone, '-c', 'user.name=a', '-c', 'user.email=a@example.org', 'commit', '--quiet', '--message', message);
  git(clone, 'push', '--quiet', 'origin', 'HEAD:main');
}

function git(cwd: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync('git', args, { cwd, encoding: 'utf8', maxBuffer: 1 << 26 });
  if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
  return stdout.trim();
}
