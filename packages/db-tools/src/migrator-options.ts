import type { LoadedConfig } from './config.ts';
import type { MigratorOptions } from './migrator/index.ts';
import type { Target } from './target.ts';

/** How a verb opens the migrator on a database; `verb` is what the server shows of its sessions. */
export function migratorOptions(
  { migrations, migrationsTable }: Pick<LoadedConfig, 'migrations' | 'migrationsTable'>,
  { url, connectTimeout }: Pick<Target, 'url' | 'connectTimeout'>,
  verb: string,
): MigratorOptions {
  return { url, connectTimeout, directory: migrations, table: migrationsTable, applicationName: `db ${verb}` };
}
