import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { shellPath } from '../command-line/shell-path.ts';
import { DbError } from '../errors.ts';
import type { Binaries } from './binaries.ts';
import { isAlive, thisProcess } from './process-identity.ts';
import { commandAs, type RunAs } from './run-as.ts';
import { serverEnvironment } from './server-environment.ts';

/**
 * Makes the data directory unless a finished cluster of the right major version is there. It is made beside and
 * renamed, so that an interrupted initdb leaves nothing under its name. Throws a DbError `postgres_version_mismatch`,
 * `initdb_failed`.
 */
export async function ensureCluster(
  data: string,
  settings: Record<string, string>,
  { binaries, as }: { binaries: Binaries; as: RunAs },
): Promise<void> {
  removeAbandonedDrafts(data);
  if (isCluster(data)) return assertVersion(data, binaries.major);
  setAside(data);
  const { pid, birth } = thisProcess();
  const draft = `${data}.init-${pid}-${birth}`;
  fs.mkdirSync(draft, { mode: 0o700 });
  if (as.kind === 'uid') fs.chownSync(draft, as.uid, as.gid);
  await initdb(draft, settings, { binaries, as });
  fs.renameSync(draft, data);
}

function isCluster(data: string): boolean {
  return ['PG_VERSION', 'global/pg_control', 'base'].every((file) => fs.existsSync(path.join(data, file)));
}

function assertVersion(data: string, wanted: string): void {
  const found = fs.readFileSync(path.join(data, 'PG_VERSION'), 'utf8').trim();
  if (found === wanted) return;
  throw new DbError(
    'postgres_version_mismatch',
    `${data} was made by PostgreSQL ${found}; the binaries here are PostgreSQL ${wanted}, which cannot read it.`,
    {
      hint: `Dump it with PostgreSQL ${found} if you need what is in it, then: mv ${shellPath(data)} ${shellPath(`${data}.${found}`)}`,
    },
  );
}

/** Also beside a finished cluster: the initdb of a killed starter may have gone on writing for a moment. */
function removeAbandonedDrafts(data: string): void {
  const folder = path.dirname(data);
  for (const name of fs.readdirSync(folder)) {
    const match = name.match(/\.init-(\d+)-(\w+)$/);
    if (!match || !name.startsWith(`${path.basename(data)}.init-`)) continue;
    if (!isAlive({ pid: Number(match[1]), birth: match[2]! })) {
      fs.rmSync(path.join(folder, name), { recursive: true, force: true, maxRetries: 5 });
    }
  }
}

/** A folder that holds no finished cluster makes room, but nothing in it is deleted: what it is we cannot know. */
function setAside(data: string): void {
  if (!fs.existsSync(data)) return;
  if (fs.readdirSync(data).length === 0) {
    fs.rmdirSync(data);
    return;
  }
  let n = 1;
  while (fs.existsSync(`${data}.incomplete-${n}`)) n++;
  fs.renameSync(data, `${data}.incomplete-${n}`);
}

async function initdb(
  draft: string,
  settings: Record<string, string>,
  { binaries, as }: { binaries: Binaries; as: RunAs },
): Promise<void> {
  const command = commandAs(as, binaries.initdb, initdbArguments(draft, settings, process.platform));
  const child = spawn(command.file, command.args, {
    ...command.credentials,
    env: serverEnvironment(binaries),
    cwd: '/',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  const problem = await new Promise<string | undefined>((resolve) => {
    // The file is there, and still is "not found": its loader is missing.
    child.once('error', (error) => resolve(`${error.message}. The binaries need glibc, so not Alpine Linux`));
    child.once('close', (code, signal) => resolve(code === 0 ? undefined : `${output}\n(${signal ?? `exit ${code}`})`));
  });
  if (!problem) return;
  fs.rmSync(draft, { recursive: true, force: true, maxRetries: 5 });
  throw new DbError('initdb_failed', `PostgreSQL's initdb failed in ${draft}:\n${problem.trim()}`, {
    hint: 'Check free disk space and permissions of that folder, or set DATABASE_URL to a server of your own',
  });
}

/**
 * Trust, so that there is no password to keep: the server listens on 127.0.0.1 only. Whoever has an account on this
 * machine can connect, so it is a place for development data, nothing else. Pure.
 */
export function initdbArguments(data: string, settings: Record<string, string>, platform: string): string[] {
  return [
    ...['-D', data, '-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--no-sync', '--no-instructions'],
    // Sorting and case are PostgreSQL's own and the same everywhere. macOS knows no C.UTF-8 for what is left to the
    // system.
    ...['--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
    ...['--locale=C', `--lc-ctype=${platform === 'darwin' ? 'en_US.UTF-8' : 'C.UTF-8'}`],
    ...Object.entries(settings).map(([name, value]) => `--set=${name}=${value}`),
  ];
}
