/**
 * `pnpm test:compose`: runs docker/compose.yaml as it is, with and without PgBouncer. The main story has to pass both
 * ways, and a migration that fails has to keep the services from starting.
 *
 *   pnpm test:compose [--built] [--stand-in]
 *     --built      with the images of the last run, or of test:images
 *     --stand-in   makes base images where they cannot be pulled; needs root and debootstrap
 *
 * Needs docker-compose, buildah, podman and runc. Everything is on the network of the host, at ports of its own.
 */
import path from 'node:path';
import { baseImage, build, buildImages, DEBIAN_IMAGE, NODE_IMAGE } from './containers/build-images.ts';
import { type ComposeProject, findCompose, RESET, startProject } from './containers/compose-on-podman.ts';
import { podman, requirePrograms, run } from './containers/run.ts';
import { startBalancer } from './deploy/balancer.ts';
import { compose } from './deploy/compose.ts';
import { deploy } from './deploy/deploy.ts';
import { expectNoFailures, startLoad } from './deploy/load.ts';
import { listServices } from './services.ts';

const services = listServices(path.dirname(import.meta.dirname));
const POSTGRES = 28_432;
const FIRST_PORT = 28_331; // then one per service
const SECOND_PORT = 28_341;
const FRONT = 28_351;
const DATA_BROWSER = 28_361;
const tag = 'test';
const server = `postgres:${POSTGRES}`;
// Of characters that break a URL, a shell or a file of settings.
const password = (role: string) => `${role}@/%:#"' é`;
const env = {
  TAG: tag,
  POSTGRES_PASSWORD: password('postgres'),
  PGBOUNCER_PASSWORD: password('pgbouncer'),
  MIGRATOR_DB_PASSWORD: password('migrator'),
  ...Object.fromEntries(services.map(({ name, passwordVariable }) => [passwordVariable, password(name)])),
};
const pooledEnv = path.join(import.meta.dirname, '../docker/pooled.env');

requirePrograms(['buildah', 'podman', 'runc', findCompose() ?? 'docker-compose']);
const composeProgram = findCompose()!;
const options = { standIn: process.argv.includes('--stand-in') };
const debian = await baseImage(DEBIAN_IMAGE, options);
const bases = {
  POSTGRES_IMAGE: await baseImage('docker.io/library/postgres:18', options),
  ADMINER_IMAGE: await baseImage('docker.io/library/adminer:5', options),
};
if (!process.argv.includes('--built')) {
  const names = [...services.map(({ name }) => name), 'migrate'];
  await buildImages(names, tag, await baseImage(NODE_IMAGE, options));
}
const pgbouncer = `localhost/stratum-pgbouncer:${tag}`;
await build('docker/pgbouncer/Dockerfile', ['--build-arg', `DEBIAN_IMAGE=${debian}`], pgbouncer);

let steps = 0;
await withProject(['--profile', 'tools'], { POOLER_PORT: String(POSTGRES) }, async (project) => {
  await step('up --wait starts the database, roles, migrations and services in their order', () => up(project));
  await step('the main story passes', () => story(project));
  await step('the data browser shows its rows, with nothing from elsewhere', browse);
  await step('deploy puts a new release in the place of this one, under load', () => deployOver(project));
});
await withProject(['--env-file', pooledEnv], {}, async (project) => {
  await step('a first deployment, with PgBouncer, finds nothing and leaves all of it', async () => {
    const said: string[] = [];
    expect(await makeDeploy(project, said, FIRST_PORT)(tag), said.join('\n'));
    expect((await readiness(FIRST_PORT)) === 200, said.join('\n'));
  });
  await step('up --wait finds it there', async () => {
    await project.run('up', '--detach', '--no-build', '--wait', '--wait-timeout', '180');
  });
  await step('the main story passes through the pooler', () => story(project));
  await step('which the services really use', async () => {
    await project.run('stop', '--timeout', '5', 'pgbouncer');
    await until(async () => (await readiness(FIRST_PORT)) === 503, 'not ready without the pooler');
    await project.run('start', 'pgbouncer');
    await until(async () => (await readiness(FIRST_PORT)) === 200, 'ready again');
  });
});
await withProject([], { POOLER_PORT: String(POSTGRES) }, async (project) => {
  await step('a migration that fails keeps the services from starting', async () => {
    await project.run('up', '--detach', '--no-build', '--wait', 'postgres');
    const obstacle = 'create schema identity; create table identity.users ()';
    await project.run(
      'exec',
      '-T',
      'postgres',
      'psql',
      '-U',
      'postgres',
      '-h',
      '127.0.0.1',
      '-d',
      'app',
      '-c',
      obstacle,
    );
    const { code, stderr } = await project.attempt('up', '--detach', '--no-build');
    expect(code !== 0 && /migrate.*didn't complete successfully: exit 1/s.test(stderr), stderr);
    for (const [i] of services.entries()) expect((await readiness(FIRST_PORT + i)) === undefined, 'a service answers');
  });
});
console.log(`\n${steps} steps passed.`);
process.exit();

/**
 * Everything on the network of the host, hence at other ports than in the file; and Podman knows no start_interval, nor
 * a start_period for checks that are run by hand.
 */
function overrides(): object {
  const hosts = { network_mode: 'host', extra_hosts: ['postgres:127.0.0.1', 'pgbouncer:127.0.0.1'] };
  const host = { ...hosts, healthcheck: { start_interval: RESET, retries: 100 } };
  const own = services.map(({ name }, i) => [
    name,
    { ...host, environment: { PORT: String(FIRST_PORT + i), HOST: '127.0.0.1' } },
  ]);
  return {
    services: {
      postgres: { ...host, environment: { PGPORT: String(POSTGRES), PGPASSWORD: env.POSTGRES_PASSWORD } },
      'data-browser': { ...hosts, command: ['php', '-S', `127.0.0.1:${DATA_BROWSER}`, '-t', '/var/www/html'] },
      roles: { ...hosts, environment: { DB_PORT: String(POSTGRES) } },
      migrate: { ...hosts, environment: { DB_PORT: String(POSTGRES) } },
      backup: hosts,
      pgbouncer: { ...host, environment: { POSTGRES_PORT: String(POSTGRES) } },
      ...Object.fromEntries(own),
    },
  };
}

async function withProject(
  args: string[],
  more: Record<string, string>,
  act: (project: ComposeProject) => Promise<void>,
): Promise<void> {
  const project = await startProject(composeProgram, {
    name: 'stratum-test',
    overrides: overrides(),
    env: { ...env, ...bases, ...more },
    args,
  });
  try {
    await act(project);
  } catch (error) {
    console.log(await project.attempt('ps', '--all').then(({ stdout }) => stdout));
    console.log(await project.attempt('logs', '--tail', '20').then(({ stdout }) => stdout));
    throw error;
  } finally {
    await project.close();
  }
}

async function up(project: ComposeProject): Promise<void> {
  await project.run('up', '--detach', '--no-build', '--wait', '--wait-timeout', '180');
  const ids = (await project.run('ps', '--all', '--quiet')).split('\n');
  const states = JSON.parse(await podman('inspect', ...ids)) as {
    Config: { Labels: Record<string, string> };
    State: { Status: string; ExitCode: number; StartedAt: string; FinishedAt: string };
  }[];
  const state = (name: string) =>
    states.find(({ Config }) => Config.Labels['com.docker.compose.service'] === name)!.State;
  for (const name of ['roles', 'migrate']) expect(state(name).ExitCode === 0, `${name}: ${state(name).ExitCode}`);
  for (const { name } of services) {
    expect(state(name).Status === 'running', `${name}: ${state(name).Status}`);
    expect(new Date(state(name).StartedAt) >= new Date(state('migrate').FinishedAt), `${name} before migrate ended`);
  }
}

async function story(project: ComposeProject): Promise<void> {
  await project.run('run', '--rm', '--no-deps', '-T', 'migrate', 'seed', '--target', 'postgres/app');
  const where = services.flatMap(({ name }, i) => [`--${name}`, `http://127.0.0.1:${FIRST_PORT + i}`]);
  await run(process.execPath, [path.join(import.meta.dirname, 'smoke.ts'), ...where]);
}

/** Signs in to Adminer as a person does with its form, and opens a table. */
async function browse(): Promise<void> {
  const cookies = new Map<string, string>();
  const ask = async (query: string, body?: URLSearchParams): Promise<string> => {
    const cookie = [...cookies].map((pair) => pair.join('=')).join('; ');
    const how = { headers: { cookie }, redirect: 'manual' as const, ...(body ? { method: 'POST', body } : {}) };
    const answer = await fetch(`http://127.0.0.1:${DATA_BROWSER}/${query}`, how);
    for (const line of answer.headers.getSetCookie()) cookies.set(...(line.split(/[=;]/, 2) as [string, string]));
    return answer.text();
  };
  const form = await ask('');
  expect(form.includes('auth[username]') && !/(src|href)=["']?(https?:)?\/\/(?!www\.adminer\.org)/.test(form), form);
  const fields = { driver: 'pgsql', server, username: 'postgres', password: env.POSTGRES_PASSWORD, db: 'app' };
  const signIn = new URLSearchParams(Object.entries(fields).map(([name, value]) => [`auth[${name}]`, value]));
  signIn.set('token', /name='token' value='([^']+)'/.exec(form)?.[1] ?? '');
  await ask('', signIn);
  const page = await ask(`?pgsql=${encodeURIComponent(server)}&username=postgres&db=app&ns=credits&select=packages`);
  expect(page.includes('starter'), page.slice(0, 3000));
}

/** As `pnpm run deploy --driver compose` does it. */
async function deployOver(project: ComposeProject): Promise<void> {
  const names = [...services.map(({ name }) => name), 'migrate'];
  for (const name of names) {
    await run('buildah', ['tag', `localhost/stratum-${name}:${tag}`, `localhost/stratum-${name}:next`]);
    await run('buildah', ['tag', `localhost/stratum-${name}:${tag}`, `localhost/stratum-${name}:broken`]);
  }
  const container = await run('buildah', ['from', `localhost/stratum-files:${tag}`]);
  await run('buildah', ['config', '--entrypoint', '["node", "nothing.js"]', container]);
  await run('buildah', ['commit', '--quiet', '--format', 'docker', container, 'localhost/stratum-files:broken']);
  await run('buildah', ['rm', container]);
  const said: string[] = [];
  const deployRelease = makeDeploy(project, said, FRONT);
  const closing = services.map((_, i) => startBalancer(FRONT + i, [FIRST_PORT + i, SECOND_PORT + i]));
  const load = await startLoad((name) => `http://127.0.0.1:${FRONT + services.findIndex((s) => s.name === name)}`);
  try {
    await expectNoFailures(load, 'a new release', async () => {
      expect(await deployRelease('next'), said.join('\n'));
      const images = await project.run('ps', '--format', '{{.Image}}');
      expect(
        services.every(({ name }) => images.includes(`stratum-${name}:next`)),
        images,
      );
    });
    const [, dump] = /: (\/backups\/\S+\.dump) of postgres:\d+\/app/.exec(said.join('\n')) ?? [];
    const listed = ['run', '--rm', '--no-deps', '-T', '--entrypoint', 'pg_restore', 'backup', '--list', dump ?? 'none'];
    expect((await project.run(...listed)).includes('TABLE DATA identity users app_'), said.join('\n'));
    await expectNoFailures(load, 'one that does not start', async () => {
      expect(!(await deployRelease('broken')), 'a broken release was deployed');
      expect(
        said.some((line) => /^FAIL {2}roll files: .*nothing\.js/s.test(line)),
        said.join('\n'),
      );
      expect(said.includes('  as before: files, credits'), said.join('\n'));
    });
    expect(!(await deployRelease('nowhere')) && said.some((line) => /^FAIL {2}release: /.test(line)), said.join('\n'));
  } finally {
    await load.stop();
    for (const close of closing) await close();
  }
}

/** Services are reached from `front` on. The smoke test needs an admin, whom the first deployment does not have. */
function makeDeploy(project: ComposeProject, said: string[], front: number): (release: string) => Promise<boolean> {
  // But TAG, which is the driver's to set.
  const { TAG: _, ...others } = project.env;
  const settings = Object.entries(others).map(([name, value]) => `${name}=${value}`);
  return (release) => {
    const driver = compose({
      services,
      release,
      file: path.join(import.meta.dirname, '../docker/compose.yaml'),
      args: ['--file', project.override],
      program: ['env', ...settings, ...project.program],
      engine: 'podman',
      // On the network of the host a port is not published but its own.
      second: (service) => ['--env', `PORT=${SECOND_PORT + services.indexOf(service)}`],
      urls: Object.fromEntries(services.map(({ name }, i) => [name, `http://127.0.0.1:${front + i}`])),
      timeout: 60,
    });
    const smoke = { script: path.join(import.meta.dirname, 'smoke.ts'), args: [] };
    return deploy(driver, {
      backup: true,
      migrate: true,
      ...(front === FRONT ? { smoke } : {}),
      back: (to) => `back to ${to}`,
      say: (line) => said.push(line),
    });
  };
}

async function readiness(port: number): Promise<number | undefined> {
  const answer = await fetch(`http://127.0.0.1:${port}/health/ready`).catch(() => undefined);
  return answer?.status;
}

async function until(condition: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not in 60 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function step(promise: string, act: () => Promise<void>): Promise<void> {
  const began = performance.now();
  await act().catch((error: Error) => {
    console.log(`FAIL  ${promise}\n      ${error.message}`);
    throw error;
  });
  steps++;
  console.log(`ok    ${promise} (${((performance.now() - began) / 1000).toFixed(0)} s)`);
}

function expect(held: boolean, found: string): void {
  if (!held) throw new Error(`found: ${found}`);
}
