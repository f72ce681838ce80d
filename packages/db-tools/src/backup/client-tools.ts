import { execFile } from 'node:child_process';
import { readdirSync, realpathSync } from 'node:fs';
import { basename, delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Environment } from '../environment/load.ts';
import { DbError } from '../errors.ts';

/** PostgreSQL's own programs, all of one version. */
export interface ClientTools {
  /** The folder that they are in. */
  folder: string;
  /** e.g. 18.6 */
  version: string;
  major: number;
}

export interface WantedTools {
  /** The oldest major version that will do. */
  atLeast: number;
  /** The server's; those of 17 and newer set `transaction_timeout` when they restore, which older servers refuse. */
  server: number;
  /** What demands that version, as the subject of a sentence: `the server db.example/app runs PostgreSQL 18`. */
  because: string;
  /** The only folder to look in, instead of PG_BIN, PATH and the places of package managers. */
  folder?: string;
}

/**
 * The client programs whose major version is `atLeast`, or else the nearest newer one that can also restore what it
 * dumps on a server of that version. Throws a DbError `client_tools_missing`, `client_tools_too_old` or
 * `client_tools_too_new` that names the package to install.
 */
export async function findClientTools(wanted: WantedTools, env: Environment): Promise<ClientTools> {
  const only = wanted.folder ?? env.PG_BIN;
  const folders = only ? [resolve(only)] : searchPath(env.PATH ?? process.env.PATH ?? '');
  const found: ClientTools[] = [];
  for (const folder of folders) {
    const tools = await inspect(folder);
    if (tools?.major === wanted.atLeast && restores(tools.major, wanted.server)) return tools;
    if (tools) found.push(tools);
  }
  const newer = found
    .filter(({ major }) => major > wanted.atLeast && restores(major, wanted.server))
    .sort((a, b) => a.major - b.major)[0];
  if (newer) return newer;
  throw unavailable(wanted, only, found.sort((a, b) => b.major - a.major)[0]);
}

function restores(tools: number, server: number): boolean {
  return tools < 17 || server >= 17;
}

/** PATH first, then where packages put versions side by side. */
function searchPath(path: string): string[] {
  return [
    ...path.split(delimiter).filter(Boolean),
    ...versions('/usr/lib/postgresql').map((version) => `/usr/lib/postgresql/${version}/bin`),
    ...versions('/usr')
      .filter((name) => name.startsWith('pgsql-'))
      .map((name) => `/usr/${name}/bin`),
    ...['/opt/homebrew/opt', '/usr/local/opt'].flatMap((prefix) =>
      versions(prefix)
        .filter((name) => /^(libpq|postgresql)(@\d+)?$/.test(name))
        .map((name) => join(prefix, name, 'bin')),
    ),
    ...versions('/Applications/Postgres.app/Contents/Versions').map(
      (version) => `/Applications/Postgres.app/Contents/Versions/${version}/bin`,
    ),
  ];
}

function versions(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

async function inspect(folder: string): Promise<ClientTools | undefined> {
  try {
    const program = join(folder, 'pg_dump');
    // Debian's /usr/bin/pg_dump chooses a version by itself; the versioned folders are looked at anyway.
    if (basename(realpathSync(program)) === 'pg_wrapper') return undefined;
    const { stdout } = await promisify(execFile)(program, ['--version'], { timeout: 10_000 });
    const [, version, major] = stdout.match(/\(PostgreSQL\) ((\d+)\S*)/) ?? [];
    return version && major ? { folder, version, major: Number(major) } : undefined;
  } catch {
    return undefined;
  }
}

function unavailable({ atLeast, server, because }: WantedTools, only: string | undefined, best?: ClientTools): DbError {
  if (!restores(Math.max(atLeast, best?.major ?? 0), server)) {
    return new DbError(
      'client_tools_too_new',
      `What pg_dump ${Math.max(atLeast, best?.major ?? 0)} writes cannot be restored on PostgreSQL ${server} (transaction_timeout), and ${because}.`,
      { hint: atLeast >= 17 ? 'Restore it on a server of version 17 or newer' : howToInstall(server) },
    );
  }
  const where = only ? ` in ${only}` : ' on PATH, in PG_BIN or where packages put it';
  const problem = best
    ? `The newest pg_dump found is ${best.version} (${best.folder})`
    : `pg_dump and pg_restore were not found${where}`;
  return new DbError(
    best ? 'client_tools_too_old' : 'client_tools_missing',
    `${problem}, but ${because}, which needs the client programs of version ${atLeast} or newer.`,
    { hint: howToInstall(atLeast) },
  );
}

function howToInstall(major: number): string {
  if (process.platform === 'darwin') return `brew install libpq — or name another folder: PG_BIN=/path/to/bin`;
  return `apt install postgresql-client-${major} (Debian and Ubuntu; from https://apt.postgresql.org where the release has an older one, Debian forky has 18 itself) — or name another folder: PG_BIN=/path/to/bin — or dump with the image: docker run --rm --network host -e PGPASSWORD postgres:${major} pg_dump -Fc -h HOST -U USER DATABASE > app.dump`;
}
