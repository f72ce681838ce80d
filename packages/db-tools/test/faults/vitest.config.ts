import path from 'node:path';
import { defineConfig } from 'vitest/config';

/** Long tests with real faults: `vitest run --config packages/db-tools/test/faults/vitest.config.ts`. */
export default defineConfig({
  test: {
    name: 'faults',
    root: import.meta.dirname,
    include: ['**/*.faults.ts'],
    globalSetup: path.join(import.meta.dirname, '../../src/testing/vitest-global-setup.ts'),
    // They measure waiting times, and each brings several processes.
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 60_000,
  },
});
