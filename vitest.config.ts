import os from 'node:os';
import path from 'node:path';
import { defineConfig } from 'vitest/config';

/** `vitest run --project files`: a project is a package or a service. */
const projects = {
  'db-tools': 'packages/db-tools',
  db: 'packages/db',
  service: 'packages/service',
  identity: 'apps/identity',
  files: 'apps/files',
  credits: 'apps/credits',
};

export default defineConfig({
  test: {
    // One PostgreSQL for the whole run: what the root sets up is not repeated for each project.
    globalSetup: 'packages/db-tools/src/testing/vitest-global-setup.ts',
    // Two even on two cores, since tests wait for the database; no more than its connections are enough for.
    maxWorkers: Math.min(Math.max(os.availableParallelism(), 2), 8),
    testTimeout: 30_000,
    hookTimeout: 60_000,
    passWithNoTests: true,
    projects: Object.entries(projects).map(([name, folder]) => ({
      extends: true as const,
      test: { name, root: path.join(import.meta.dirname, folder), include: ['{src,test}/**/*.test.ts'] },
    })),
  },
});
