import { existsSync, readdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { defineConfig } from 'vitest/config';

/** `vitest run --project files`: a project is a service or a package that has tests. */
const projects = ['apps', 'packages'].flatMap((group) =>
  readdirSync(path.join(import.meta.dirname, group))
    .map((name) => ({ name, root: path.join(import.meta.dirname, group, name) }))
    .filter(({ root }) => ['src', 'test'].some((folder) => existsSync(path.join(root, folder)))),
);
projects.push({ name: 'scripts', root: path.join(import.meta.dirname, 'scripts') });

export default defineConfig({
  test: {
    // One PostgreSQL for the whole run: what the root sets up is not repeated for each project.
    globalSetup: 'packages/db-tools/src/testing/vitest-global-setup.ts',
    // Two even on two cores, since tests wait for the database; no more than its connections are enough for.
    maxWorkers: Math.min(Math.max(os.availableParallelism(), 2), 8),
    testTimeout: 30_000,
    hookTimeout: 60_000,
    passWithNoTests: true,
    projects: projects.map(({ name, root }) => ({
      extends: true as const,
      test: { name, root, include: ['{src,test}/**/*.test.ts'] },
    })),
  },
});
