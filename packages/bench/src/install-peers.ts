import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

/** What we compare with is no part of the workspace, whose drizzle would find its drivers. */
export function installPeers(folder: string): void {
  if (existsSync(path.join(folder, 'node_modules'))) return;
  console.error('installing what to compare with');
  const { status } = spawnSync('pnpm', ['install', '--frozen-lockfile'], { cwd: folder, stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error(`What to compare with could not be installed: run \`pnpm install\` in ${folder}`);
}
