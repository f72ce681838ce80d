import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import path from 'node:path';
import { attempt } from '../containers/run.ts';
import type { Service } from '../services.ts';
import type { Driver } from './driver.ts';

export interface ComposeOptions {
  services: Service[];
  /** The tag of the new images. */
  release: string;
  /** The compose file, and further arguments such as --env-file. */
  file: string;
  args: string[];
  /** Where backups go. */
  state: string;
  urls: Record<string, string>;
  /** The command: `docker compose`, unless another speaks the same. */
  program: string[];
  /** What knows its containers. */
  engine: 'docker' | 'podman';
  /** Further arguments of `compose run` for the second container of a service: the port where it is reached. */
  second: (service: Service) => string[];
  /** Seconds that a new container gets to become ready. */
  timeout: number;
}

/**
 * docker/compose.yaml on one host. A second container of the service starts with the new release, at a port of its own; when it is
 * ready, the first is replaced, and when that is ready, the second ends. What stands in front sends requests to whichever of both is
 * ready; who knows the first port alone finds nobody for the about 3 s of its stop and start.
 */
export function compose(options: ComposeOptions): Driver {
  const { services, release, state, timeout, program, engine } = options;
  const call = async (tag: string, args: string[], stdout: 'pipe' | number = 'pipe'): Promise<string> => {
    const [name, ...first] = program as [string, ...string[]];
    const child = spawn(name, [...first, '--file', options.file, ...options.args, ...args], {
      env: { ...process.env, TAG: tag },
      stdio: ['ignore', stdout, 'pipe'],
    });
    const said = { stdout: '', stderr: '' };
    child.stdout?.on('data', (chunk) => (said.stdout += chunk));
    child.stderr!.on('data', (chunk) => (said.stderr += chunk));
    const [code] = (await once(child, 'close')) as [number];
    if (code !== 0) throw new Error(`${name} ${args.join(' ')} ended with ${code}:\n${said.stderr.slice(-2000)}`);
    return said.stdout.trim();
  };

  const find = (service: string) => services.find(({ name }) => name === service)!;

  return {
    services: services.map(({ name }) => name),
    async current() {
      const listed = (await call(release, ['ps', '--format', '{{.Service}} {{.Image}}'])).split('\n').filter(Boolean);
      const tags = listed
        .map((line) => line.split(' ') as [string, string])
        .filter(([name]) => services.some((s) => s.name === name));
      return Object.fromEntries(tags.map(([name, image]) => [name, image.split(':').at(-1)!]));
    },
    async fetch() {
      // Else `run` would build what the registry does not have, from whatever is checked out here.
      const names = ['roles', 'migrate', ...services.map(({ name }) => name)];
      await call(release, ['pull', '--quiet', '--policy', 'missing', ...names]);
    },
    async backup() {
      mkdirSync(state, { recursive: true });
      const file = path.resolve(state, `before-${release}-${new Date().toISOString().replace(/[:.]/g, '-')}.dump`);
      const output = openSync(file, 'wx', 0o600);
      try {
        // That of the server's own image has the server's version.
        await call(
          release,
          ['exec', '-T', 'postgres', 'pg_dump', '--username', 'postgres', '--format', 'custom', 'app'],
          output,
        );
      } finally {
        closeSync(output);
      }
      return `${file} --without-manifest`;
    },
    async migrate() {
      await call(release, ['run', '--rm', '--no-deps', '-T', 'roles']);
      await call(release, ['run', '--rm', '--no-deps', '-T', 'migrate']);
    },
    async roll(service) {
      const second = `stratum-${service}-second`;
      const where = options.second(find(service));
      // Left over by a deployment that was killed.
      await attempt(engine, ['rm', '--force', second]);
      try {
        await call(release, ['run', '--detach', '--no-deps', '--use-aliases', '--name', second, ...where, service]);
        await untilHealthy(engine, second, timeout);
        const wait = ['--wait', '--wait-timeout', String(timeout)];
        await call(release, ['up', '--detach', '--no-deps', '--no-build', ...wait, service]);
        // Finishes what is in flight.
        await attempt(engine, ['stop', '--time', '15', second]);
      } finally {
        await attempt(engine, ['rm', '--force', second]);
      }
    },
    url(service) {
      const { portVariable, defaultPort } = find(service);
      return options.urls[service] ?? `http://127.0.0.1:${process.env[portVariable] ?? defaultPort}`;
    },
    command: (to) => `pnpm run deploy --driver compose --release ${to}`,
  };
}

/** By the health check of the compose file, which asks whether it is ready. */
async function untilHealthy(engine: string, container: string, timeout: number): Promise<void> {
  const deadline = Date.now() + timeout * 1000;
  for (;;) {
    const format = '{{.State.Status}} {{.State.Health.Status}}';
    const { stdout } = await attempt(engine, ['inspect', '--format', format, container]);
    const [status, health] = stdout.trim().split(' ');
    if (health === 'healthy') return;
    if (status === 'exited' || Date.now() > deadline) {
      const { stdout: out, stderr } = await attempt(engine, ['logs', '--tail', '20', container]);
      throw new Error(`${status === 'exited' ? 'It ended by itself' : `Not ready in ${timeout} s`}:\n${out}${stderr}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
