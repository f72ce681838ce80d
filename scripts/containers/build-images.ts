import path from 'node:path';
import { attempt, run } from './run.ts';

const root = path.dirname(path.dirname(import.meta.dirname));
export const NODE_IMAGE = 'docker.io/library/node:26-bookworm-slim';
/** What docker/pgbouncer/Dockerfile is built on. */
export const DEBIAN_IMAGE = 'docker.io/library/debian:trixie-slim';

/** Builds `localhost/stratum-<name>` for each service and `migrate`, from docker/Dockerfile as it is in this folder. */
export async function buildImages(names: string[], tag: string): Promise<void> {
  await ensureBaseImage(NODE_IMAGE);
  for (const name of names) {
    const began = performance.now();
    const what = name === 'migrate' ? ['--target', 'migrate'] : ['--build-arg', `APP=${name}`];
    await build('docker/Dockerfile', what, `localhost/stratum-${name}:${tag}`);
    console.log(`built ${name} in ${((performance.now() - began) / 1000).toFixed(0)} s`);
  }
}

/** `chroot`, so that no namespaces are needed; `docker`, since the OCI format has no HEALTHCHECK. */
export async function build(file: string, args: string[], image: string): Promise<void> {
  const options = ['--isolation', 'chroot', '--layers', '--format', 'docker'];
  await run('buildah', ['build', ...options, '--file', path.join(root, file), ...args, '--tag', image, root]);
}

/** Pulled where there is a registry, else made: a stand-in. */
export async function ensureBaseImage(image: string): Promise<void> {
  if ((await attempt('buildah', ['inspect', '--type', 'image', image])).code === 0) return;
  if ((await attempt('buildah', ['pull', '--quiet', image])).code === 0) return;
  console.log(await run(path.join(root, 'scripts/make-stand-in-image'), [image]));
}
