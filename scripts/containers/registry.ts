import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CONTAINERS_CONF } from './containers-conf.ts';

export interface Registry {
  /** Where it is: `127.0.0.1:28390`. */
  address: string;
  user: string;
  password: string;
  /** What a program that builds and pushes with Podman needs to reach it. */
  env: Record<string, string>;
  stop(): Promise<void>;
}

/** A registry of images on loopback with one user, kept in a folder for temporary files: Debian's docker-registry. */
export async function startRegistry(port: number): Promise<Registry> {
  const folder = mkdtempSync(path.join(tmpdir(), 'registry-'));
  const address = `127.0.0.1:${port}`;
  const write = (name: string, content: string) => {
    writeFileSync(path.join(folder, name), content);
    return path.join(folder, name);
  };
  const settings = {
    version: '0.1',
    http: { addr: address },
    storage: { filesystem: { rootdirectory: path.join(folder, 'data') } },
    auth: { htpasswd: { realm: 'test', path: write('users', `${USER}:${PASSWORD.hash}\n`) } },
  };
  const child = spawn('docker-registry', ['serve', write('config.json', JSON.stringify(settings))], {
    stdio: 'ignore',
    env: { ...process.env, OTEL_TRACES_EXPORTER: 'none' },
  });
  const ended = once(child, 'exit');
  await untilAnswered(`http://${address}/v2/`, () => child.exitCode !== null);
  return {
    address,
    user: USER,
    password: PASSWORD.plain,
    env: {
      CONTAINERS_CONF: write('containers.conf', CONTAINERS_CONF),
      CONTAINERS_REGISTRIES_CONF: write('registries.conf', `[[registry]]\nlocation = "${address}"\ninsecure = true\n`),
      REGISTRY_AUTH_FILE: path.join(folder, 'auth.json'),
      BUILDAH_ISOLATION: 'chroot',
      BUILDAH_FORMAT: 'docker',
    },
    async stop() {
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const USER = 'ada';
/** `htpasswd -nbB`: bcrypt is the only kind that it knows. */
const PASSWORD = { plain: 'of-a-test', hash: '$2b$04$WrqXsWAWodgdkm83nnSuReDfg7UAxg/KrR0mx0aXutTx8VYxLckue' };

async function untilAnswered(address: string, hasEnded: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await fetch(address).catch(() => undefined))) {
    if (hasEnded() || Date.now() > deadline) throw new Error(`docker-registry does not answer at ${address}.`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
