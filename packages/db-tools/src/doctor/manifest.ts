import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Manifest {
  engines?: { node?: string };
  packageManager?: string;
  devEngines?: { packageManager?: { version?: string } };
}

/** The package.json of a folder, empty when there is none. */
export function readManifest(folder: string): Manifest {
  const file = join(folder, 'package.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
}
