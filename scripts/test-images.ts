/**
 * `pnpm test:images`: builds the images of the services and of migrations, and runs them as they are deployed: as a
 * user without rights, with a read-only root, against a real PostgreSQL. Then releases them into a registry. Exit 0
 * when every promise held.
 *
 *   pnpm test:images [--built] [--stand-in]
 *     --built      with the images of the last run
 *     --stand-in   makes base images where they cannot be pulled; needs root and debootstrap
 *
 * Needs buildah, podman, runc and docker-registry.
 */
import path from 'node:path';
import { parseDatabaseUrl } from '@org/db-tools/url';
import { baseImage, buildImages, DEBIAN_IMAGE, NODE_IMAGE, npmrcSecret } from './containers/build-images.ts';
import { startRegistry } from './containers/registry.ts';
import { attempt, attemptPodman, podman, requirePrograms, run } from './containers/run.ts';
import { listServices } from './services.ts';
import { startThrowawayDatabase } from './throwaway-database.ts';

const LIMITS = { megabytes: 15, secondsToReady: 1 };
const root = path.dirname(import.meta.dirname);
const services = listServices(root);
const tag = 'test';
const FIRST_PORT = 28_300;
const image = (name: string) => `localhost/stratum-${name}:${tag}`;
const environment = (variables: Record<string, string>) =>
  Object.entries(variables).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
// The network of the host, where the PostgreSQL of this script listens on loopback; limits that need no rights to set.
const LIMITS_OF_PROCESS = ['--ulimit', 'nofile=20000:20000', '--ulimit', 'nproc=4000:4000'];
const SANDBOX = [
  '--network',
  'host',
  '--read-only',
  '--read-only-tmpfs=false',
  '--cap-drop',
  'all',
  ...LIMITS_OF_PROCESS,
];
const REPORT = `[
  fs.readFileSync('/proc/1/cmdline', 'utf8').split('\\0').join(' ').trim(),
  process.getuid(),
  ...['/app/x', '/tmp/x'].map((file) => { try { fs.writeFileSync(file, ''); } catch (error) { return error.code; } }),
].join(' ')`;

requirePrograms(['buildah', 'podman', 'runc', 'docker-registry']);
const options = { standIn: process.argv.includes('--stand-in') };
const node = await baseImage(NODE_IMAGE, options);
const debian = await baseImage(DEBIAN_IMAGE, options);
if (!process.argv.includes('--built')) await buildImages([...services.map(({ name }) => name), 'migrate'], tag, node);

const database = await startThrowawayDatabase();
const containers: string[] = [];
let steps = 0;
try {
  await step('the migrate image refuses a verb that does not exist, and starts nothing', async () => {
    const outcome = await runMigrate(database.as('migrator'), 'serve');
    expect(outcome.code !== 0 && outcome.stderr.includes('no verb "serve"'), outcome.stderr);
  });
  await step('it creates the roles', () =>
    expectSuccess(runMigrate(database.as('migrator'), 'roles', '--url', database.url)),
  );
  await step('services that come before migrations live and are not ready', async () => {
    const { name } = services[0]!;
    const service = await start(name, FIRST_PORT + 50, database.as(name));
    await until(async () => (await status(service.url, 'live')) === 200, `${name} lives`);
    expect((await status(service.url, 'ready')) === 503, 'ready before migrations');
    await podman('rm', '--force', '--time', '0', service.id);
  });
  await step('its default command migrates', () => expectSuccess(runMigrate(database.as('migrator'))));
  await step('any other verb is passed on', () =>
    expectSuccess(runMigrate(database.as('migrator'), 'status', '--exit-code')),
  );
  await step('it seeds what is told by name', () => {
    const target = `${parseDatabaseUrl(database.url).host}/app`;
    return expectSuccess(runMigrate(database.as('migrator'), 'seed', '--target', target));
  });

  for (const { name } of services) {
    await step(`${name} has at most ${LIMITS.megabytes} MB above its base, and no node_modules`, async () => {
      const bytes = (await layers(image(name))) - (await layers(node));
      expect(bytes <= LIMITS.megabytes * 1e6, `${(bytes / 1e6).toFixed(1)} MB`);
      const found = await inImage(name, "fs.globSync('/{app,home,usr/src}/**/node_modules').join(' ')");
      expect(found === '', found);
      return `${(bytes / 1e6).toFixed(1)} MB`;
    });
    await step(`${name} comes with a compile cache that V8 accepts`, async () => {
      const outcome = await attemptPodman(
        'run',
        '--rm',
        ...SANDBOX,
        '--env',
        'NODE_DEBUG_NATIVE=COMPILE_CACHE',
        image(name),
      );
      expect(/main\.js was accepted/.test(outcome.stderr), outcome.stderr.slice(0, 2000));
    });
  }

  const running = new Map<string, Running>();
  for (const [i, { name }] of services.entries()) {
    await step(`${name} is ready within ${LIMITS.secondsToReady} s`, async () => {
      // The best of three: others may use this machine too.
      const times: number[] = [];
      while (times.length < 3 && !times.some((time) => time <= LIMITS.secondsToReady)) {
        if (running.has(name)) await podman('rm', '--force', '--time', '0', running.get(name)!.id);
        const service = await start(name, FIRST_PORT + i, database.as(name));
        running.set(name, service);
        await until(async () => (await status(service.url, 'ready')) === 200, `${name} is ready`);
        times.push((Date.now() - (await startedAt(service.id))) / 1000);
      }
      const told = times.map((time) => `${time.toFixed(2)} s`).join(', ');
      expect(times.at(-1)! <= LIMITS.secondsToReady, told);
      return told;
    });
    await step(`${name} is process 1, has no rights and writes nowhere; its health check passes`, async () => {
      const { id } = running.get(name)!;
      const report = await podman('exec', id, 'node', '-p', REPORT);
      expect(report === 'node main.js 1000 EROFS EROFS', report);
      await podman('healthcheck', 'run', id);
    });
  }

  await step('the main story passes', async () => {
    const where = [...running].flatMap(([name, { url }]) => [`--${name}`, url]);
    await run(process.execPath, [path.join(import.meta.dirname, 'smoke.ts'), ...where]);
  });
  for (const [name, { id }] of running) {
    await step(`${name} ends with 0 on SIGTERM`, async () => {
      await podman('kill', '--signal', 'TERM', id);
      expect((await podman('wait', id)) === '0', await logs(id));
    });
  }
  await testRelease();
  console.log(`\n${steps} steps passed.`);
} finally {
  if (containers.length > 0) await attemptPodman('rm', '--force', '--ignore', '--time', '0', ...containers);
  await database.stop();
}

/** `pnpm release images` as release.yml calls it, but with Podman. */
async function testRelease(): Promise<void> {
  const version = '1.4.0-test.1';
  const registry = await startRegistry(FIRST_PORT + 90);
  const environment = { ...process.env, ...registry.env, VERSION: version, REGISTRY: `${registry.address}/Owner` };
  const bases = [`NODE_IMAGE=${node}`, `DEBIAN_IMAGE=${debian}`].flatMap((image) => ['--build-arg', image]);
  const release = (password: string) => {
    const env = { ...environment, GITHUB_ACTOR: registry.user, GITHUB_TOKEN: password };
    return attempt(
      process.execPath,
      [path.join(import.meta.dirname, 'release.ts'), 'images', '--engine', 'podman', '--', ...bases, ...npmrcSecret()],
      env,
    );
  };
  const released = [...services.map(({ name }) => name), 'migrate', 'pgbouncer'].map(
    (name) => `${registry.address}/owner/stratum-${name}:${version}`,
  );
  try {
    await step('a release into a registry that does not know the token builds nothing', async () => {
      const { code, stdout, stderr } = await release('wrong');
      expect(code === 1 && /login .* ended with/.test(stderr) && stdout === '', stdout + stderr);
    });
    await step('a release builds every image under its version and pushes it', async () => {
      const { code, stdout, stderr } = await release(registry.password);
      expect(code === 0 && stdout.trim() === released.join('\n'), stdout + stderr);
    });
    await step('which others pull, and which says what it is', async () => {
      const name = released[0]!;
      await podman('rmi', '--force', ...released);
      await run('podman', ['pull', '--quiet', name], { ...process.env, ...registry.env });
      const label = '{{index .Config.Labels "org.opencontainers.image.version"}}';
      const told = await podman('inspect', '--type', 'image', '--format', label, name);
      expect(told === version, told);
    });
  } finally {
    await attemptPodman('rmi', '--force', ...released);
    await registry.stop();
  }
}

interface Running {
  id: string;
  url: string;
}

async function start(name: string, port: number, url: string): Promise<Running> {
  const env = { DATABASE_URL: url, HOST: '127.0.0.1', PORT: String(port) };
  const id = await podman('run', '--detach', ...SANDBOX, ...environment(env), image(name));
  containers.push(id);
  return { id, url: `http://127.0.0.1:${port}` };
}

function runMigrate(url: string, ...args: string[]) {
  return attemptPodman(
    'run',
    '--rm',
    ...SANDBOX,
    ...environment({ DATABASE_URL_DIRECT: url }),
    image('migrate'),
    ...args,
  );
}

function inImage(name: string, expression: string): Promise<string> {
  return podman('run', '--rm', ...SANDBOX, '--entrypoint', 'node', image(name), '-p', expression);
}

async function expectSuccess(outcome: ReturnType<typeof runMigrate>): Promise<void> {
  const { code, stderr } = await outcome;
  expect(code === 0, stderr);
}

async function status(url: string, probe: string): Promise<number | undefined> {
  const answer = await fetch(`${url}/health/${probe}`).catch(() => undefined);
  return answer?.status;
}

async function startedAt(id: string): Promise<number> {
  return Number(await podman('inspect', '--format', '{{.State.StartedAt.UnixMilli}}', id));
}

/** Bytes of all layers. */
async function layers(name: string): Promise<number> {
  const history = JSON.parse(await podman('history', '--human=false', '--format', 'json', name)) as { size: number }[];
  return history.reduce((sum, { size }) => sum + size, 0);
}

async function logs(id: string): Promise<string> {
  const { stdout, stderr } = await attemptPodman('logs', id);
  return (stdout + stderr).slice(-3000);
}

async function until(condition: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await condition())) {
    if (Date.now() > deadline)
      throw new Error(`not in 30 s: ${what}
${await logs(containers.at(-1)!)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function step(promise: string, act: () => Promise<unknown>): Promise<void> {
  const result = await act().catch((error: Error) => {
    console.log(`FAIL  ${promise}\n      ${error.message}`);
    throw error;
  });
  steps++;
  console.log(`ok    ${promise}${result === undefined ? '' : `: ${result}`}`);
}

function expect(held: boolean, found: string): void {
  if (!held) throw new Error(`found: ${found}`);
}
