import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { shellPath } from '../command-line/shell-path.ts';
import { DbError } from '../errors.ts';
import type { Binaries } from './binaries.ts';
import { serverEnvironment } from './server-environment.ts';

/**
 * How PostgreSQL's programs are run, since they refuse uid 0: as ourselves; as root in a user namespace, where files
 * stay root's and 0700 folders stay reachable; or as another uid.
 */
export type RunAs = { kind: 'self' } | { kind: 'namespace' } | { kind: 'uid'; uid: number; gid: number };

export interface Owner {
  uid: number;
  gid: number;
}

export interface Situation {
  platform: string;
  uid: number;
  /** Who owns the data directory, if there is one. */
  data?: Owner;
  /** Owners of the folders that the server must reach: its directory and its binaries. */
  folders: Owner[];
  /** Who called sudo, if anybody. */
  sudo?: Owner;
}

/** The ways worth trying, best first. An existing data directory leaves only its owner's. Pure. */
export function waysToRun({ platform, uid, data, folders, sudo }: Situation): RunAs[] {
  const namespace: RunAs[] = platform === 'linux' ? [{ kind: 'namespace' }] : [];
  if (uid !== 0 && data) return data.uid === uid ? [{ kind: 'self' }] : [];
  if (uid !== 0) return [{ kind: 'self' }, ...namespace];
  if (data) return data.uid === 0 ? namespace : [{ kind: 'uid', ...data }];
  // Folders of an ordinary user's clone can be closed to everybody else, also to root in a namespace.
  const others = [...folders, ...(sudo ? [sudo] : []), ...(platform === 'linux' ? [NOBODY] : [])];
  const distinct = others.filter(
    (one, index) => one.uid !== 0 && others.findIndex((other) => other.uid === one.uid) === index,
  );
  return [...namespace, ...distinct.map((owner): RunAs => ({ kind: 'uid', uid: owner.uid, gid: owner.gid }))];
}

/** What to hand to spawn. Pure. */
export function commandAs(
  as: RunAs,
  program: string,
  args: string[],
): { file: string; args: string[]; credentials: { uid?: number; gid?: number } } {
  if (as.kind === 'namespace') return { file: 'unshare', args: ['-U', program, ...args], credentials: {} };
  return { file: program, args, credentials: as.kind === 'uid' ? { uid: as.uid, gid: as.gid } : {} };
}

/**
 * The first way in which the server's programs run and may write `directory`, which must exist.
 * Throws a DbError `cannot_run_postgres` that says what was tried.
 */
export function chooseRunAs(directory: string, data: string, binaries: Binaries): RunAs {
  const situation = describe(directory, data, binaries);
  const given = situation.uid === 0 && fs.statSync(directory).uid === 0;
  const failures: string[] = [];
  for (const way of waysToRun(situation)) {
    if (way.kind === 'uid' && given) fs.chownSync(directory, way.uid, way.gid);
    const problem = tryOut(way, directory, !situation.data, binaries);
    if (!problem) return way;
    failures.push(`${nameOf(way)}: ${problem}`);
  }
  throw cannotRun(situation, data, failures);
}

function describe(directory: string, data: string, binaries: Binaries): Situation {
  const { SUDO_UID, SUDO_GID } = process.env;
  return {
    platform: process.platform,
    uid: process.getuid?.() ?? -1,
    data: ownerOf(data),
    folders: [ownerOf(directory), ownerOf(path.dirname(directory)), ownerOf(binaries.package)].filter((o) => !!o),
    sudo: SUDO_UID ? { uid: Number(SUDO_UID), gid: Number(SUDO_GID ?? SUDO_UID) } : undefined,
  };
}

function ownerOf(file: string): Owner | undefined {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  return stat && { uid: stat.uid, gid: stat.gid };
}

function tryOut(way: RunAs, directory: string, initdbToCome: boolean, binaries: Binaries): string | undefined {
  if (way.kind === 'self') return initdbToCome && !hasName() ? NAMELESS : undefined;
  const run = (program: string, args: string[]) => {
    const command = commandAs(way, program, args);
    const env = serverEnvironment(binaries);
    const result = spawnSync(command.file, command.args, { ...command.credentials, env, cwd: '/', encoding: 'utf8' });
    return result.status === 0 ? undefined : (result.error?.message ?? (result.stderr.trim() || 'it failed'));
  };
  const version = run(binaries.postgres, ['--version']);
  if (version) return version;
  if (run('test', ['-w', directory])) return `${directory} cannot be written`;
  return initdbToCome && run('id', ['-un']) ? NAMELESS : undefined;
}

/** Containers often run under an id that no user has; initdb looks it up even when told a name. */
const NAMELESS = 'that user has no name (no entry in /etc/passwd), which initdb wants';

function hasName(): boolean {
  try {
    return os.userInfo().username !== '';
  } catch {
    return false;
  }
}

function nameOf(way: RunAs): string {
  if (way.kind === 'namespace') return 'in a user namespace (unshare -U)';
  return way.kind === 'uid' ? `as uid ${way.uid}` : 'as you';
}

function cannotRun({ uid, data }: Situation, folder: string, failures: string[]): DbError {
  const tried = failures.length > 0 ? ` Tried ${failures.join('; ')}.` : '';
  if (uid !== 0 && data) {
    return new DbError('cannot_run_postgres', `${folder} belongs to uid ${data.uid}, not to you (uid ${uid}).`, {
      hint: `Start it as its owner, or give it to yourself: sudo chown -R ${uid} ${shellPath(path.dirname(folder))}`,
    });
  }
  return new DbError(
    'cannot_run_postgres',
    uid === 0
      ? `PostgreSQL does not run as root, and there is no other way here to run it on ${path.dirname(folder)}.${tried}`
      : `PostgreSQL cannot be set up by uid ${uid}.${tried}`,
    { hint: 'Run this as an ordinary user who owns the clone, or set DATABASE_URL to a server of your own' },
  );
}

const NOBODY: Owner = { uid: 65534, gid: 65534 };
