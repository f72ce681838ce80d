import type { LoadedConfig } from './config.ts';
import type { Target } from './connection/target.ts';
import type { MigratorOptions } from './migrator/index.ts';

/** How a verb opens the migrator on a database; `verb` is what the server shows of its sessions. */
export function migratorOptions(
  { migrations, migrationsTable }: Pick<LoadedConfig, 'migrations' | 'migrationsTable'>,
  { url, connectTimeout }: Pick<Target, 'url' | 'connectTimeout'>,
  verb: string,
): MigratorOptions {
  return { url, connectTimeout, directory: migrations, table: migrationsTable, applicationName: `db ${verb}` };
}
