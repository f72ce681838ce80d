import { existsSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isAlive, thisProcess } from '../local-postgres/process-identity.ts';
import { manifestFile } from './manifest.ts';

/** What a backup is called until it is whole. */
export interface Draft {
  dump: string;
  manifest: string;
}

/** In the folder of the file, since only there a rename is atomic; the process that writes it is in the name. */
export function draftOf(file: string): Draft {
  const { pid, birth } = thisProcess();
  const dump = join(dirname(file), `.${basename(file)}.${pid}-${birth}.partial`);
  return { dump, manifest: manifestFile(dump) };
}

export function removeDraft({ dump, manifest }: Draft): void {
  rmSync(dump, { force: true });
  rmSync(manifest, { force: true });
}

/** Removes what killed backups left in the folder of the file. */
export function removeStaleDrafts(file: string): void {
  const folder = dirname(file);
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const [, pid, birth] = name.match(/^\..+\.(\d+)-(\w+)\.partial(?:\.json)?$/) ?? [];
    if (pid && birth && !isAlive({ pid: Number(pid), birth })) rmSync(join(folder, name), { force: true });
  }
}
