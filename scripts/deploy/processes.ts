import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, globSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { birthOf, isAlive, type ProcessIdentity } from '@org/db-tools/process-identity';
import { isFree } from '../ports.ts';
import type { Service } from '../services.ts';
import type { Driver } from './driver.ts';
import { shellCommand, timestamp } from './words.ts';

export interface ProcessesOptions {
  services: Service[];
  /** The new release: `<release>/<service>/main.js` and `<release>/migrate/cli.js`, what `pnpm build` makes. */
  release: string;
  /** Where it is noted what runs, and where logs and backups go. */
  state: string;
  /** Added to a service's port for its second instance. */
  portStep: number;
  /** Where a service is reached, when something stands in front of it. */
  urls: Record<string, string>;
  /** Seconds that a new instance gets to become ready. */
  timeout: number;
}

interface Instance extends ProcessIdentity {
  release: string;
  port: number;
}

/**
 * Services as processes of this host, two ports each: the new one starts at the port that is free, and once it is ready
 * the old one is told to end. What stands in front sends requests to whichever of both is ready.
 */
export function processes(options: ProcessesOptions): Driver {
  const { services, state, timeout } = options;
  const release = path.resolve(options.release);
  mkdirSync(state, { recursive: true });
  const read = (service: string) => readInstance(fileOf(state, service));
  const db = (...args: string[]) => {
    const cli = [path.join(release, 'migrate/cli.js'), '--config', path.join(release, 'migrate/db.config.js')];
    const { status, stderr } = spawnSync(process.execPath, [...cli, ...args], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`db ${args[0]} ended with ${status}:\n${stderr}`);
  };
  const find = (service: string) => services.find(({ name }) => name === service)!;
  const basePort = (service: string) => {
    const { portVariable, defaultPort } = find(service);
    return Number(process.env[portVariable] ?? defaultPort);
  };

  return {
    services: services.map(({ name }) => name),
    async current() {
      const running = services.flatMap(({ name }) => [[name, read(name)?.release] as const]);
      return Object.fromEntries(running.filter((entry): entry is [string, string] => entry[1] !== undefined));
    },
    async fetch() {
      const files = [...services.map(({ name }) => `${name}/main.js`), 'migrate/cli.js'];
      const missing = files.filter((name) => !existsSync(path.join(release, name)));
      if (missing.length > 0) throw new Error(`${release} is no release: ${missing.join(', ')} is not there.`);
    },
    async backup() {
      const target = path.resolve(state, `before-${path.basename(release)}-${timestamp()}.dump`);
      db('backup', target);
      return {
        where: target,
        restore: [`${shellCommand(['pnpm', 'db', 'restore', target])} --target <host/database>`],
      };
    },
    async migrate() {
      db('migrate');
    },
    async roll(service) {
      const old = read(service);
      const port = old?.port === basePort(service) ? old.port + options.portStep : basePort(service);
      const log = path.join(state, `${service}-${port}.log`);
      if (!(await isFree(port))) {
        throw new Error(
          `Port ${port} is taken by a process that no deployment noted in ${state} has started. End it, or set another ${find(service).portVariable}.`,
        );
      }
      const started = launch(path.join(release, service), log, { [find(service).portVariable]: String(port) });
      await untilReady(started, `http://127.0.0.1:${port}/health/ready`, timeout);
      const { pid, birth } = started;
      writeFileSync(fileOf(state, service), JSON.stringify({ release, pid, birth, port } satisfies Instance));
      if (old) await end(old, service);
    },
    url: (service) => options.urls[service] ?? `http://127.0.0.1:${read(service)?.port ?? basePort(service)}`,
  };
}

/**
 * Ends at once what still runs of what was deployed with this `state`; leaves alone whoever has such a process id by
 * now.
 */
export function killDeployed(state: string): void {
  for (const file of globSync('*.json', { cwd: state })) {
    const instance = readInstance(path.join(state, file));
    if (instance) process.kill(instance.pid, 'SIGKILL');
  }
}

function fileOf(state: string, service: string): string {
  return path.join(state, `${service}.json`);
}

/** Undefined when it runs no more, and for the manifest of a backup, which is in the same folder. */
function readInstance(file: string): Instance | undefined {
  if (!existsSync(file)) return undefined;
  const instance = JSON.parse(readFileSync(file, 'utf8')) as Partial<Instance>;
  return instance.birth !== undefined && isAlive(instance as Instance) ? (instance as Instance) : undefined;
}

interface Started extends ProcessIdentity {
  log: string;
}

function launch(folder: string, log: string, variables: Record<string, string>): Started {
  const output = openSync(log, 'w');
  const child = spawn(process.execPath, ['main.js'], {
    cwd: folder,
    detached: true,
    stdio: ['ignore', output, output],
    env: { ...process.env, ...variables },
  });
  child.unref();
  closeSync(output);
  if (child.pid === undefined) throw new Error(`${folder}/main.js cannot be started.`);
  return { pid: child.pid, birth: birthOf(child.pid) ?? 'over', log };
}

/** Throws the end of its log, and ends it, when it is not ready in time or ends by itself. */
async function untilReady(started: Started, address: string, timeout: number): Promise<void> {
  const { pid, log } = started;
  const deadline = Date.now() + timeout * 1000;
  for (;;) {
    const answer = await fetch(address, { signal: AbortSignal.timeout(2000) }).catch(() => undefined);
    if (answer?.ok) return;
    const said = `${answer ? `${address} says ${answer.status} ${await answer.text()}` : `${address} does not answer`}`;
    const ended = !isAlive(started);
    if (ended || Date.now() > deadline) {
      if (!ended) process.kill(pid, 'SIGKILL');
      const why = ended ? 'It ended by itself' : `Not ready in ${timeout} s: ${said}`;
      throw new Error(`${why}. Its log, ${log}, ends with:\n${readFileSync(log, 'utf8').slice(-1500)}`);
    }
    await sleep(50);
  }
}

/** Resolves when it is gone: it finishes what is in flight first. */
async function end(old: ProcessIdentity, service: string): Promise<void> {
  const { pid } = old;
  if (isAlive(old)) process.kill(pid, 'SIGTERM');
  const deadline = Date.now() + 60_000;
  while (isAlive(old)) {
    if (Date.now() > deadline)
      throw new Error(`The old ${service}, process ${pid}, does not end on SIGTERM: kill -9 ${pid}`);
    await sleep(50);
  }
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
