import { DbError } from '../errors.ts';
import type { ClientTools } from './client-tools.ts';
import { checkIntact, detectFormat, parseVersions, readHead, requireFile } from './dump-file.ts';
import { listDump } from './load-dump.ts';
import { type Manifest, readManifest } from './manifest.ts';

/** A dump that is what its manifest says, or that is to be trusted without one. */
export interface Dump {
  file: string;
  format: Manifest['format'];
  manifest?: Manifest;
}

/** Throws a DbError that names what is wrong with the file or its manifest. */
export async function openDump(
  file: string,
  options: { withoutManifest?: boolean; signal?: AbortSignal } = {},
): Promise<Dump> {
  if (options.withoutManifest) return { file, format: detectFormat(file) };
  requireFile(file);
  const manifest = readManifest(file);
  await checkIntact(file, manifest, options.signal);
  const format = detectFormat(file);
  return { file, format, manifest };
}

/**
 * Throws a DbError `dump_newer_than_server` unless a server of this version can take it. What a custom dump without a
 * manifest is of, only `tools` can tell.
 */
export async function refuseNewer(
  dump: Dump,
  server: { name: string; major: number },
  tools?: ClientTools,
): Promise<void> {
  const major = dump.manifest?.server.major ?? (await readVersions(dump, tools)).server;
  if (major === undefined || major <= server.major) return;
  throw new DbError(
    'dump_newer_than_server',
    `${dump.file} is of PostgreSQL ${major}, and ${server.name} is on PostgreSQL ${server.major}, which may not understand it.`,
    { hint: `Restore it on a server of version ${major} or newer` },
  );
}

/** The oldest client programs that can read the dump, as far as that is known. */
export function neededTools({ manifest, format, file }: Dump): number {
  const tool = manifest?.tool.major ?? (format === 'sql' ? parseVersions(readHead(file)).tool : undefined);
  return tool ?? 0;
}

async function readVersions({ format, file }: Dump, tools: ClientTools | undefined) {
  if (format === 'sql') return parseVersions(readHead(file));
  return tools ? parseVersions(await listDump(tools, file)) : {};
}
