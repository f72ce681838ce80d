import path from 'node:path';
import { build, type RolldownOptions } from 'rolldown';
import config from '../../../db/rolldown.config.ts';

const PACKAGES = path.resolve(import.meta.dirname, '../../..');
const PEERS = path.join(PACKAGES, 'bench/peers');

export interface Tool {
  name: string;
  /** The command that applies what is pending of a folder of writeMigrations. */
  migrate(folder: string): string[];
}

/** Everything is run as `node file` or a program, without a package manager before it. */
export const node = process.execPath;

/** Builds the `db` command as an image has it into `folder`, and returns its file. */
export async function bundleCommand(folder: string): Promise<string> {
  const options = config as RolldownOptions;
  await build({
    ...options,
    cwd: path.join(PACKAGES, 'db'),
    output: { ...(options.output as object), dir: folder },
    logLevel: 'silent',
  });
  return path.join(folder, 'cli.js');
}

export const FLOOR: Tool = {
  name: 'connect and select, a bare process',
  migrate: () => [node, path.join(PACKAGES, 'bench/src/migrate/floor.ts')],
};

export const ours = (command: string): Tool => ({
  name: 'db migrate, as deployed',
  migrate: (folder) => [node, command, '--config', path.join(folder, 'db.config.js'), 'migrate'],
});

export const OURS_FROM_SOURCE: Tool = {
  name: 'db migrate, from source',
  migrate: (folder) => ours(path.join(PACKAGES, 'db-tools/src/cli.ts')).migrate(folder),
};

export const PSQL: Tool = {
  name: 'psql, a commit for each file',
  migrate: (folder) => ['psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', path.join(folder, 'psql.sql')],
};

export const OTHERS: Tool[] = [
  {
    name: 'drizzle-orm 0.45 migrate()',
    migrate: (folder) => [node, path.join(PEERS, 'migrate/drizzle-orm.ts'), path.join(folder, 'drizzle')],
  },
  {
    name: 'drizzle-kit 0.31 migrate',
    migrate: (folder) => [
      node,
      path.join(PEERS, 'node_modules/drizzle-kit/bin.cjs'),
      'migrate',
      `--config=${path.join(folder, 'drizzle.config.js')}`,
    ],
  },
  {
    name: 'node-pg-migrate 9',
    migrate: (folder) => [
      node,
      path.join(PEERS, 'node_modules/node-pg-migrate/bin/node-pg-migrate.js'),
      'up',
      '-m',
      path.join(folder, 'node-pg-migrate'),
    ],
  },
  {
    name: 'TypeORM 1.1 runMigrations()',
    migrate: (folder) => [node, path.join(PEERS, 'migrate/typeorm.ts'), path.join(folder, 'drizzle')],
  },
];
