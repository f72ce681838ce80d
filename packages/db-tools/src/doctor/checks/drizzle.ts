import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Check, type Clone, fail, ok } from '../check.ts';

/** Two copies are two sets of types and classes: tables of one are no tables to the other. */
export const drizzle: Check<Clone> = {
  name: 'drizzle-orm',
  run({ config }) {
    const copies = new Map<string, string>();
    for (const folder of [config.root, dirname(config.file), ...packagesOf(config.root)]) {
      const installed = join(folder, 'node_modules', 'drizzle-orm');
      if (existsSync(join(installed, 'package.json'))) copies.set(realpathSync(installed), folder);
    }
    if (copies.size > 1) {
      const list = [...copies].map(([copy, folder]) => `${versionOf(copy)} in ${folder}`).join(', ');
      return fail(
        `There are ${copies.size} copies of drizzle-orm: ${list}.`,
        'Write "drizzle-orm": "catalog:" in each of these package.json, then: pnpm install && pnpm dedupe',
      );
    }
    const [copy] = copies.keys();
    return ok(
      copy === undefined ? 'drizzle-orm is not installed beside the config.' : `One drizzle-orm, ${versionOf(copy)}.`,
    );
  },
};

function packagesOf(root: string): string[] {
  return ['apps', 'packages'].flatMap((parent) => {
    const folder = join(root, parent);
    return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
  });
}

function versionOf(folder: string): string {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version;
}
