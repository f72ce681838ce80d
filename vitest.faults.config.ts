import { defineConfig } from 'vitest/config';

/**
 * Long tests with real faults on real servers: `pnpm test:faults`, one package alone: `pnpm test:faults packages/db`.
 */
export default defineConfig({
  test: {
    include: ['packages/*/test/faults/**/*.faults.ts'],
    globalSetup: 'packages/db-tools/src/testing/vitest-global-setup.ts',
    // They measure rates and waiting times, and each brings several processes.
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 60_000,
  },
});
