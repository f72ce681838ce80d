import { spawnSync } from 'node:child_process';
import { type Check, type Clone, fail, ok, warn } from '../check.ts';
import { readManifest } from '../manifest.ts';

export const pnpm: Check<Clone> = {
  name: 'pnpm',
  run({ config, env }) {
    const { packageManager, devEngines } = readManifest(config.root);
    const wanted = devEngines?.packageManager?.version ?? packageManager?.match(/^pnpm@([\d.]+)/)?.[1];
    const major = wanted?.match(/\d+/)?.[0];
    if (major === undefined) return ok('package.json asks for no package manager.');
    const found = versionOf(env.npm_config_user_agent);
    if (!found)
      return warn(`There is no pnpm on PATH; package.json asks for ${wanted}.`, `npx -y pnpm@${major} install`);
    if (found.split('.')[0] !== major) {
      return fail(
        `pnpm ${found} runs here, and package.json asks for ${wanted}.`,
        `npm install --global pnpm@${major}`,
      );
    }
    return ok(`pnpm ${found}.`);
  },
};

/** Of the pnpm that started this, else of the one on PATH. */
function versionOf(userAgent: string | undefined): string | undefined {
  const started = userAgent?.match(/^pnpm\/([\d.]+)/)?.[1];
  return started ?? spawnSync('pnpm', ['--version'], { encoding: 'utf8', timeout: 10_000 }).stdout?.trim();
}
