import { existsSync } from 'node:fs';
import { mkdir, open, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { shellPath } from '../command-line/shell-path.ts';
import type { LoadedConfig } from '../config.ts';
import { connect, connectionError } from '../connection/connect.ts';
import type { Target } from '../connection/target.ts';
import type { Environment } from '../environment/load.ts';
import { DbError } from '../errors.ts';
import { onUnplannedEnd } from '../local-postgres/unplanned-end.ts';
import { type ClientTools, findClientTools } from './client-tools.ts';
import { describeDatabase, readServer, refusePooler } from './describe-server.ts';
import { draftOf, removeDraft, removeStaleDrafts } from './draft-file.ts';
import { hashFile } from './dump-file.ts';
import { type Content, inSnapshot, readContent } from './fingerprint.ts';
import { formatManifest, type Manifest, manifestFile } from './manifest.ts';
import { bytes, type Progress } from './progress.ts';
import { runTool } from './run-tool.ts';

export interface BackupOptions {
  file: string;
  format: Manifest['format'];
  /** False leaves out the hashes of the rows; they are counted all the same. */
  fingerprint: boolean;
  /** Where pg_dump is, instead of PG_BIN and PATH. */
  toolFolder?: string;
  config: Pick<LoadedConfig, 'migrations' | 'migrationsTable'>;
  environment: Environment;
  progress: Progress;
  signal?: AbortSignal;
}

/**
 * Writes a dump and its manifest, both of one snapshot, and returns the manifest. The file has its name only once it is
 * whole and on disk. Throws a DbError (`client_tools_missing`, `file_exists`, `disk_full`, …) and leaves no file.
 */
export async function takeBackup(target: Target, options: BackupOptions): Promise<Manifest> {
  const { file, progress, signal } = options;
  if (existsSync(file)) {
    throw new DbError('file_exists', `${file} exists already, and a backup replaces no file.`, {
      hint: 'Give another name, or none for one with the time in it: pnpm db backup',
    });
  }
  const started = performance.now();
  const createdAt = new Date().toISOString();
  const sql = await connect(target.url, {
    connectTimeout: target.connectTimeout,
    applicationName: 'db backup',
    signal,
  });
  const draft = draftOf(file);
  const forget = onUnplannedEnd(() => removeDraft(draft));
  try {
    await refusePooler(sql);
    const server = await readServer(sql);
    const tools = await findClientTools(
      {
        atLeast: server.major,
        server: server.major,
        because: `${target.name} is on PostgreSQL ${server.version}`,
        folder: options.toolFolder,
      },
      options.environment,
    );
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    removeStaleDrafts(file);
    const dumped = await dump(sql, { target, tools, draft, ...options });
    progress.step('writing to disk');
    const manifest: Manifest = {
      kind: 'db-tools backup',
      version: 1,
      createdAt,
      durationMs: Math.round(performance.now() - started),
      host: target.connection.host,
      database: target.connection.database,
      server,
      tool: { version: tools.version, major: tools.major },
      format: options.format,
      file: { bytes: await flush(draft.dump), sha256: await hashFile(draft.dump, signal) },
      ...dumped,
    };
    await write(draft.manifest, formatManifest(manifest));
    signal?.throwIfAborted();
    // The manifest first: killed in between, it stands there alone, and no dump without one.
    await rename(draft.manifest, manifestFile(file));
    await rename(draft.dump, file);
    await flushFolder(dirname(file));
    return manifest;
  } catch (error) {
    throw writeError(error, file) ?? connectionError(error, target.connection);
  } finally {
    progress.end();
    removeDraft(draft);
    forget();
    await sql.end({ timeout: 1 });
  }
}

type Dumped = Content & Awaited<ReturnType<typeof describeDatabase>>;

interface Dump extends BackupOptions {
  target: Target;
  tools: ClientTools;
  draft: { dump: string };
}

/** pg_dump in one session, counting in another, both in the same snapshot. */
async function dump(sql: Awaited<ReturnType<typeof connect>>, run: Dump): Promise<Dumped> {
  const { progress, signal } = run;
  progress.step(`dumping ${run.target.name}`);
  // The file is made here, so that nobody else can read it from the first byte on.
  await (await open(run.draft.dump, 'wx', 0o600)).close();
  return await inSnapshot(sql, async (tx, tables) => {
    const [{ snapshot }] = (await tx`select pg_export_snapshot() as snapshot`) as unknown as [{ snapshot: string }];
    const facts = await describeDatabase(tx, run.config);
    const abort = new AbortController();
    const both = signal ? AbortSignal.any([signal, abort.signal]) : abort.signal;
    let [dumped, counted, size] = [0, 0, 0];
    const show = () => progress.update(`${bytes(size)}, ${dumped} of ${tables.length} tables, ${counted} counted`);
    const timer = setInterval(async () => {
      size = (await stat(run.draft.dump).catch(() => undefined))?.size ?? size;
      show();
    }, 250);
    try {
      const dumping = runTool({
        tools: run.tools,
        program: 'pg_dump',
        args: [...dumpArguments(run), `--snapshot=${snapshot}`],
        url: run.target.url,
        onLine: (line) => {
          if (line.includes('dumping contents of table')) dumped++;
        },
        signal: both,
      });
      const counting = readContent(tx, tables, {
        hashed: run.fingerprint,
        onTable: (done) => {
          counted = done;
          show();
        },
        signal: both,
      });
      // Whichever fails ends the other, and both are over before the snapshot is.
      const stop = (error: unknown) => {
        abort.abort(error);
        throw error;
      };
      const results = await Promise.allSettled([dumping.catch(stop), counting.catch(stop)]);
      signal?.throwIfAborted();
      if (abort.signal.aborted) throw abort.signal.reason;
      return { ...facts, ...(results[1] as PromiseFulfilledResult<Content>).value };
    } finally {
      clearInterval(timer);
    }
  });
}

function dumpArguments({ format, draft }: Dump): string[] {
  // A plain dump decides now what pg_restore decides later: who owns what is for the database that it is read into.
  const plain = ['--format=plain', '--no-owner', '--no-privileges', '--no-tablespaces'];
  return [
    ...(format === 'sql' ? plain : ['--format=custom']),
    `--file=${draft.dump}`,
    '--verbose',
    '--no-password',
    '--lock-wait-timeout=60s',
  ];
}

/** Bytes of the file, once they are on disk. */
async function flush(file: string): Promise<number> {
  const handle = await open(file, 'r+');
  try {
    await handle.sync();
    return (await handle.stat()).size;
  } finally {
    await handle.close();
  }
}

async function write(file: string, text: string): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A rename is on disk when its folder is. */
async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function writeError(error: unknown, file: string): DbError | undefined {
  if (error instanceof DbError) return error;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (!syscall || !code) return undefined;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new DbError('disk_full', `There is no room left for ${file}.`, {
      hint: 'Make room, or name a file on another disk',
      cause: error,
    });
  }
  if (!['EACCES', 'EROFS', 'ENOTDIR', 'EPERM', 'EISDIR', 'EIO'].includes(code)) return undefined;
  return new DbError('file_not_writable', `${file} cannot be written (${code}).`, {
    hint: `Name a file in a folder that this user may write to: ls -ld ${shellPath(dirname(file))}`,
    cause: error,
  });
}
