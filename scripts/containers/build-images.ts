import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { attempt, run } from './run.ts';

const root = path.dirname(path.dirname(import.meta.dirname));
export const NODE_IMAGE = 'docker.io/library/node:26-bookworm-slim';
/** What docker/pgbouncer/Dockerfile is built on. */
export const DEBIAN_IMAGE = 'docker.io/library/debian:trixie-slim';

/**
 * Builds `localhost/stratum-<name>` for each service and `migrate`, from docker/Dockerfile as it is in this folder, on
 * the image `base`.
 */
export async function buildImages(names: string[], tag: string, base: string): Promise<void> {
  for (const name of names) {
    const began = performance.now();
    const what = name === 'migrate' ? ['--target', 'migrate'] : ['--build-arg', `APP=${name}`];
    await build(
      'docker/Dockerfile',
      ['--build-arg', `NODE_IMAGE=${base}`, ...what],
      `localhost/stratum-${name}:${tag}`,
    );
    console.log(`built ${name} in ${((performance.now() - began) / 1000).toFixed(0)} s`);
  }
}

/** `chroot`, so that no namespaces are needed; `docker`, since the OCI format has no HEALTHCHECK. */
export async function build(file: string, args: string[], image: string): Promise<void> {
  const options = ['--isolation', 'chroot', '--layers', '--format', 'docker', ...npmrcSecret()];
  await run('buildah', ['build', ...options, '--file', path.join(root, file), ...args, '--tag', image, root]);
}

/** How packages are reached from here, for the length of a build: it stays in no image. */
export function npmrcSecret(): string[] {
  const file = path.join(homedir(), '.npmrc');
  return existsSync(file) ? ['--secret', `id=npmrc,src=${file}`] : [];
}

/**
 * The name of a base image to build on: the official one, pulled unless it is here. Where no registry of images can be
 * reached it throws, or with `standIn` makes one for it, under a name that nothing else is built on.
 */
export async function baseImage(official: string, { standIn }: { standIn: boolean }): Promise<string> {
  if ((await attempt('buildah', ['inspect', '--type', 'image', official])).code === 0) return official;
  const { code, stderr } = await attempt('buildah', ['pull', '--quiet', official]);
  if (code === 0) return official;
  if (!standIn) {
    throw new Error(
      `${official} cannot be pulled:\n${stderr.slice(-1000)}\nWhere no registry of images can be reached, test with what is like it: --stand-in`,
    );
  }
  const made = await run(path.join(root, 'scripts/make-stand-in-image'), [official]);
  console.log(`${made} stands in for ${official}, which cannot be pulled.`);
  return made;
}
