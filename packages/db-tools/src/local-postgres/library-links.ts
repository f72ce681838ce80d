import fs from 'node:fs';
import path from 'node:path';
import { shellPath } from '../command-line/shell-path.ts';
import { DbError } from '../errors.ts';

/**
 * Makes the links (libpq.so.5 → libpq.so.5.18) that the package's install script would make, which is not allowed to
 * run. In a read-only package they go to `links`, and what LD_LIBRARY_PATH must be then is returned. Costs a few stats
 * once made.
 */
export function linkLibraries(packageFolder: string, links: string, platform: string): string | undefined {
  const list = path.join(packageFolder, 'native', 'pg-symlinks.json');
  if (!fs.existsSync(list)) return undefined;
  const wanted = (JSON.parse(fs.readFileSync(list, 'utf8')) as { source: string; target: string }[]).map((link) => ({
    source: path.join(packageFolder, link.source),
    target: path.join(packageFolder, link.target),
  }));
  const missing = wanted.filter((link) => !fs.existsSync(link.target));
  try {
    for (const link of missing) makeLink(path.basename(link.source), link.target);
    return undefined;
  } catch (error) {
    if (!['EACCES', 'EPERM', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    // macOS takes DYLD_LIBRARY_PATH away from whatever /bin/sh starts, and initdb starts postgres through it.
    if (platform === 'darwin') throw readOnlyPackage(packageFolder, error);
  }
  fs.mkdirSync(links, { recursive: true });
  for (const link of wanted) makeLink(link.source, path.join(links, path.basename(link.target)));
  // A library found through a link looks for the next ones beside the link.
  return [links, path.join(packageFolder, 'native', 'lib')].join(path.delimiter);
}

function makeLink(source: string, target: string): void {
  try {
    fs.symlinkSync(source, target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    if (fs.readlinkSync(target) === source) return;
    // Left by an earlier install at another place.
    fs.rmSync(target);
    makeLink(source, target);
  }
}

function readOnlyPackage(packageFolder: string, cause: unknown): DbError {
  return new DbError(
    'postgres_package_read_only',
    `PostgreSQL's library links are missing and ${packageFolder} cannot be written.`,
    {
      cause,
      hint: `Make them once as the owner of that folder: cd ${shellPath(packageFolder)} && node scripts/hydrate-symlinks.js`,
    },
  );
}
