import type { RolldownOptions } from 'rolldown';

/**
 * What the rolldown configurations of services and of the `db` command have in common: `dist/` becomes a folder of code
 * and source maps that runs with no node_modules anywhere above.
 */
export const selfContained = {
  platform: 'node',
  tsconfig: true,
  // Otherwise a dependency that is missing would show at run time only.
  onLog: (level, log, report) => report(log.code === 'UNRESOLVED_IMPORT' ? 'error' : level, log),
  // Chunks beside the entry: code finds its files by import.meta.dirname. Not minified: that saves 2 MB of memory, and
  // costs stack traces and logs that name classes.
  output: {
    dir: 'dist',
    format: 'esm',
    sourcemap: true,
    // Half the size; the sources are in the repository.
    sourcemapExcludeSources: true,
    keepNames: true,
    cleanDir: true,
    chunkFileNames: '[name].js',
    charset: 'ascii',
    comments: { legal: true, annotation: false, jsdoc: false },
  },
} satisfies RolldownOptions;
