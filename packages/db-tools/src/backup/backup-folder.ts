import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ConnectionTarget } from '../connection/url.ts';
import { type Manifest, manifestFile, parseManifest } from './manifest.ts';
import { type Backup, type Retention, selectExpired } from './retention.ts';

/** Where backups without a name go, by the root of the workspace. */
export function backupFolder(root: string): string {
  return join(root, '.local', 'backups');
}

/** e.g. `app-2025-11-20T07-45-12-345Z.dump`. */
export function defaultName(database: string, format: Manifest['format'], now = new Date()): string {
  const time = now.toISOString().replaceAll(/[:.]/g, '-');
  return `${plainName(database)}-${time}.${format === 'sql' ? 'sql' : 'dump'}`;
}

/**
 * Deletes the backups of one database that the retention does not keep and returns their paths. Only files that were
 * named by defaultName() and have their intact manifest; everything else in the folder is somebody else's.
 */
export function pruneBackups(
  folder: string,
  of: Pick<ConnectionTarget, 'host' | 'database'>,
  retention: Retention,
): string[] {
  const expired = selectExpired(listBackups(folder, of), retention).map(({ file }) => file);
  for (const file of expired) {
    rmSync(file, { force: true });
    rmSync(manifestFile(file), { force: true });
  }
  return expired;
}

function listBackups(folder: string, { host, database }: Pick<ConnectionTarget, 'host' | 'database'>): Backup[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) => {
    const file = join(folder, name);
    if (!/-\d{4}(-\d\d){2}T(\d\d-){3}\d{3}Z\.(dump|sql)$/.test(name) || !existsSync(manifestFile(file))) return [];
    const manifest = parseManifest(readFileSync(manifestFile(file), 'utf8'));
    if (manifest?.host !== host || manifest.database !== database) return [];
    const createdAt = new Date(manifest.createdAt);
    return [{ file, createdAt }];
  });
}

/** A name of a database may contain anything. */
function plainName(database: string): string {
  return database.replaceAll(/[^\w.-]/g, '_').replace(/^\.+/, '_');
}
