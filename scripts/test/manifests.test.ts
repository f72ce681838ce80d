import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const root = path.dirname(path.dirname(import.meta.dirname));

interface Manifest {
  name: string;
  license?: string;
  private?: boolean;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

const manifests = globSync(['package.json', '{apps,packages}/*/package.json', 'packages/bench/peers/package.json'], {
  cwd: root,
}).map((file): Manifest => JSON.parse(readFileSync(path.join(root, file), 'utf8')));

test('only @org/db, @org/db-tools and the benches depend on drizzle or a driver', () => {
  const depending = manifests.filter(({ dependencies, devDependencies }) =>
    Object.keys({ ...dependencies, ...devDependencies }).some((name) =>
      /^(drizzle-orm|drizzle-kit|postgres|pg)$/.test(name),
    ),
  );
  expect(depending.map(({ name }) => name).sort()).toEqual(['@org/bench', '@org/db', '@org/db-tools', 'bench-peers']);
});

test('every manifest names the licence, and is published by nobody by mistake', () => {
  for (const manifest of manifests) {
    expect(manifest, manifest.name).toMatchObject({ license: 'MIT', private: true });
  }
});
