import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import path from 'node:path';
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
  /** Further arguments of `compose run` for the container that is tried. */
  trial: string[];
  /** Seconds that a new container gets to become ready. */
  timeout: number;
}

/**
 * docker/compose.yaml on one host. The new release of a service is tried beside the old one, without its port; only when it was
 * ready the container is replaced, which leaves that service unreachable for its stop and start, about 3 s.
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

  return {
    services: services.map(({ name }) => name),
    async current() {
      const listed = (await call(release, ['ps', '--format', '{{.Service}} {{.Image}}'])).split('\n').filter(Boolean);
      const tags = listed
        .map((line) => line.split(' ') as [string, string])
        .filter(([name]) => services.some((s) => s.name === name));
      return Object.fromEntries(tags.map(([name, image]) => [name, image.split(':').at(-1)!]));
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
      const trial = `stratum-${service}-trial`;
      await call(release, ['run', '--detach', '--no-deps', '--name', trial, ...options.trial, service]);
      try {
        await untilHealthy(engine, trial, timeout);
      } finally {
        spawnSync(engine, ['rm', '--force', trial]);
      }
      await call(release, [
        'up',
        '--detach',
        '--no-deps',
        '--no-build',
        '--wait',
        '--wait-timeout',
        String(timeout),
        service,
      ]);
    },
    url(service) {
      return options.urls[service] ?? `http://127.0.0.1:${services.find(({ name }) => name === service)!.defaultPort}`;
    },
    command: (to) => `pnpm run deploy --driver compose --release ${to}`,
  };
}

/** By the health check of the compose file, which asks whether it is ready. */
async function untilHealthy(engine: string, container: string, timeout: number): Promise<void> {
  const deadline = Date.now() + timeout * 1000;
  for (;;) {
    const { stdout } = spawnSync(
      engine,
      ['inspect', '--format', '{{.State.Status}} {{.State.Health.Status}}', container],
      {
        encoding: 'utf8',
      },
    );
    const [status, health] = stdout.trim().split(' ');
    if (health === 'healthy') return;
    if (status === 'exited' || Date.now() > deadline) {
      const { stdout: out, stderr } = spawnSync(engine, ['logs', '--tail', '20', container], { encoding: 'utf8' });
      throw new Error(`${status === 'exited' ? 'It ended by itself' : `Not ready in ${timeout} s`}:\n${out}${stderr}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
