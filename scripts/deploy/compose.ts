import { attempt, type Outcome } from '../containers/run.ts';
import type { Service } from '../services.ts';
import {
  clientVariables,
  defaultPasswords,
  type Environments,
  migrationsTarget,
  placeOf,
  readEnvironments,
  refuseFiles,
} from './compose-config.ts';
import type { Driver } from './driver.ts';
import { shellCommand, timestamp } from './words.ts';

export interface ComposeOptions {
  services: Service[];
  /** The tag of the new images. */
  release: string;
  /** The compose file, and further arguments such as --env-file. */
  file: string;
  args: string[];
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
 * docker/compose.yaml on one host. A second container of the service starts with the new release, at a port of its own;
 * when it is ready, the first is replaced, and when that is ready, the second ends. What stands in front sends requests
 * to whichever of both is ready; a client that knows only the first port gets no answer for about 3 s, while the first
 * is replaced.
 */
export function compose(options: ComposeOptions): Driver {
  const { services, release, timeout, program, engine } = options;
  const first = ['--file', options.file, ...options.args];
  const ask = (tag: string, args: string[], variables: Record<string, string> = {}): Promise<Outcome> => {
    const [name, ...rest] = program as [string, ...string[]];
    return attempt(name, [...rest, ...first, ...args], { ...process.env, ...variables, TAG: tag });
  };
  const call = async (tag: string, args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await ask(tag, args);
    if (code !== 0) throw new Error(`${program[0]} ${args.join(' ')} ended with ${code}:\n${stderr.slice(-2000)}`);
    return stdout.trim();
  };
  const once = ['run', '--rm', '--no-deps', '-T'];
  const wait = ['--wait', '--wait-timeout', String(timeout)];
  // By what it prints: by Podman's Docker API the exit code of `run --rm` is always 0.
  const runVerb = async (container: string, verb: string): Promise<void> => {
    const { stdout, stderr } = await ask(release, [...once, container, verb, '--json']);
    const answer = /^\s*\{.*\}\s*$/s.test(stdout) ? JSON.parse(stdout) : undefined;
    if (answer?.ok === true) return;
    const { message = stderr.slice(-2000), hint } = answer?.error ?? {};
    throw new Error(`db ${verb} did not succeed: ${message}${hint ? `\n${hint}` : ''}`);
  };
  const readConfig = async (): Promise<Environments> =>
    readEnvironments(await call(release, ['config', '--format', 'json']));
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
      const environments = await readConfig();
      const defaults = defaultPasswords(environments);
      if (defaults.length > 0) {
        throw new Error(
          `The passwords of docker/compose.yaml are for one machine alone. Give each of these its own, in the environment or docker/.env: ${defaults.join(', ')}. Such as: openssl rand -base64 24`,
        );
      }
      // Else `run` would build what the registry does not have, from whatever is checked out here.
      const names = ['roles', 'migrate', ...besides(environments), ...services.map(({ name }) => name)];
      await call(release, ['pull', '--quiet', '--policy', 'missing', ...names]);
    },
    async database() {
      const environments = await readConfig();
      const { host } = migrationsTarget(environments);
      // As it is: another password or setting must not restart a server that runs.
      const needed = [...(host in environments ? [host] : []), ...besides(environments)];
      if (needed.length > 0)
        await call(release, ['up', '--detach', '--no-deps', '--no-recreate', '--no-build', ...wait, ...needed]);
      await runVerb('roles', 'roles');
    },
    async backup() {
      const environments = await readConfig();
      refuseFiles(environments);
      const target = migrationsTarget(environments);
      const name = `before-${release}-${timestamp()}.dump`;
      const { stdout, stderr } = await ask(release, [...once, 'backup', name], clientVariables(target));
      if (stdout.trim() !== name) throw new Error(`${placeOf(target)} was not backed up:\n${stderr.slice(-2000)}`);
      const fetched = [...program, ...first, ...once, '--entrypoint', 'cat', 'backup', `/backups/${name}`];
      return {
        where: `/backups/${name} of ${placeOf(target)}, in the volume of the service backup`,
        restore: [
          `${shellCommand(fetched)} > ${name}`,
          `pnpm db restore ${name} --without-manifest --target <host/database>`,
        ],
      };
    },
    async migrate() {
      await runVerb('migrate', 'migrate');
    },
    async roll(service) {
      const second = `stratum-${service}-second`;
      const where = options.second(find(service));
      // Left over by a deployment that was killed.
      await attempt(engine, ['rm', '--force', second]);
      try {
        await call(release, ['run', '--detach', '--no-deps', '--use-aliases', '--name', second, ...where, service]);
        await untilHealthy(engine, second, timeout);
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
  };
}

/** What services go through, where its profile is active. */
function besides(environments: Environments): string[] {
  return 'pgbouncer' in environments ? ['pgbouncer'] : [];
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
