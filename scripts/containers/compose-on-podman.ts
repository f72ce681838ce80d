import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CONTAINERS_CONF } from './containers-conf.ts';
import { attempt, attemptPodman, type Outcome, podman, run } from './run.ts';

const root = path.dirname(path.dirname(import.meta.dirname));

export interface ComposeProject {
  /** docker-compose with the project's files. */
  attempt(...args: string[]): Promise<Outcome>;
  run(...args: string[]): Promise<string>;
  /** What is given before `up` or another command, for who calls it itself: with `env`. */
  program: string[];
  override: string;
  env: Record<string, string>;
  close(): Promise<void>;
}

/** In `overrides`: takes away what the file says. */
export const RESET = '(reset)';

/** Where docker-compose is: installed, as Docker's plug-in, or unpacked by scripts/install-test-packages. */
export function findCompose(): string | undefined {
  const places = [
    path.join(process.env.TMPDIR ?? tmpdir(), `stratum-docker-compose-${process.getuid?.()}`, 'bin/docker-compose'),
    ...(process.env.PATH ?? '').split(path.delimiter).map((folder) => path.join(folder, 'docker-compose')),
    ...['libexec', 'lib'].map((folder) => `/usr/${folder}/docker/cli-plugins/docker-compose`),
  ];
  return places.find((file) => existsSync(file));
}

/**
 * docker/compose.yaml by docker-compose, with Podman in the place of Docker, on the network of the host: needs no
 * daemon, no bridge, no DNS of containers. `overrides` are merged over the file, `env` is its environment.
 */
export async function startProject(
  compose: string,
  options: { name: string; overrides: object; env: Record<string, string>; args?: string[] },
): Promise<ComposeProject> {
  const folder = mkdtempSync(path.join(tmpdir(), 'compose-'));
  const socket = path.join(folder, 'podman.sock');
  const settings = path.join(folder, 'containers.conf');
  writeFileSync(settings, CONTAINERS_CONF);
  const service = spawn('podman', ['system', 'service', '--time', '0', `unix://${socket}`], {
    stdio: 'ignore',
    env: { ...process.env, CONTAINERS_CONF: settings },
  });
  await until(
    () => existsSync(socket) && spawnSync('curl', ['-sf', '--unix-socket', socket, 'http://d/_ping']).status === 0,
  );
  const override = path.join(folder, 'override.yaml');
  writeFileSync(override, JSON.stringify(options.overrides).replaceAll(`"${RESET}"`, '!reset null'));
  const files = ['--file', path.join(root, 'docker/compose.yaml'), '--file', override];
  const first = ['--project-name', options.name, ...(options.args ?? []), ...files];
  const own = { ...options.env, DOCKER_HOST: `unix://${socket}` };
  const env = { ...process.env, ...own };
  const checks = runHealthChecks(options.name);
  return {
    program: [compose, '--project-name', options.name, ...(options.args ?? [])],
    override,
    env: own,
    attempt: (...args) => attempt(compose, [...first, ...args], env),
    run: (...args) => run(compose, [...first, ...args], env),
    async close() {
      // Of every profile: else the volume of one that only `run` calls stays.
      await attempt(compose, [...first, '--profile', '*', 'down', '--volumes', '--timeout', '5'], env);
      checks.stop();
      service.kill('SIGTERM');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Podman leaves them to timers of systemd, which is not everywhere. */
function runHealthChecks(project: string): { stop(): void } {
  let stopped = false;
  void (async () => {
    while (!stopped) {
      const filter = `label=com.docker.compose.project=${project}`;
      const ids = await podman('ps', '--quiet', '--filter', filter).catch(() => '');
      for (const id of ids.split('\n').filter(Boolean)) await attemptPodman('healthcheck', 'run', id);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  })();
  return {
    stop() {
      stopped = true;
    },
  };
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('`podman system service` does not answer after 20 s.');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
