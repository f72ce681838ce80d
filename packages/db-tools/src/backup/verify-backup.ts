import type { Sql } from 'postgres';
import { connect, connectionError } from '../connection/connect.ts';
import { parseDatabaseUrl } from '../connection/url.ts';
import type { Environment } from '../environment/load.ts';
import { DbError, EXIT } from '../errors.ts';
import { quoteIdentifier } from '../migrator/quote.ts';
import { cloneDatabase, startTestServer } from '../testing/index.ts';
import { findClientTools } from './client-tools.ts';
import { readServer } from './describe-server.ts';
import { compareContent, inSnapshot, readContent } from './fingerprint.ts';
import { listDump, loadDump } from './load-dump.ts';
import type { Manifest } from './manifest.ts';
import { missingExtensions, missingRoles } from './missing.ts';
import { openDump } from './open-dump.ts';
import type { Progress } from './progress.ts';

export interface VerifyOptions {
  toolFolder?: string;
  environment: Environment;
  progress: Progress;
  signal?: AbortSignal;
}

export interface Verified {
  tables: number;
  rows: number;
  fingerprint: string | null;
}

/**
 * Restores a backup into a scratch database (on TEST_DATABASE_URL's server, else an embedded one) and compares it with
 * the manifest. Throws a DbError: exit 1 for a file that is not intact, 2 where the scratch server is no fit, 3
 * (`backup_differs`) for other content.
 */
export async function verifyBackup(file: string, options: VerifyOptions): Promise<Verified> {
  const { progress, signal, environment } = options;
  progress.step('checking the file');
  const dump = await openDump(file, { signal });
  const { manifest } = dump as typeof dump & { manifest: Manifest };
  const because = `the backup was made by pg_dump ${manifest.tool.version}`;
  const tools = await findClientTools(
    { atLeast: manifest.tool.major, server: manifest.server.major, because, folder: options.toolFolder },
    environment,
  );
  if (dump.format === 'custom') await listDump(tools, file, signal);
  progress.step('starting a scratch server');
  const named = environment.TEST_DATABASE_URL;
  const server = await startTestServer(named);
  try {
    await prepareServer(server.url, manifest, named !== undefined);
    const scratch = await cloneDatabase({ serverUrl: server.url, key: 'empty', prepare: async () => {} });
    try {
      progress.step('restoring into a scratch database');
      const load = { owner: undefined, privileges: false, tablespaces: false, singleTransaction: false, jobs: 1 };
      await loadDump({ ...dump, tools, url: scratch.url, ...load, progress, signal });
      progress.step('comparing');
      return await compare(scratch.url, file, manifest, options);
    } finally {
      await scratch.drop();
    }
  } finally {
    progress.end();
    await server.stop();
  }
}

/** The scratch server has to have what the dump takes for granted. */
async function prepareServer(url: string, manifest: Manifest, shared: boolean): Promise<void> {
  await using(url, async (sql) => {
    const { major } = await readServer(sql);
    const which = shared ? "TEST_DATABASE_URL's server" : 'the embedded server';
    const other = `Verify on a server of your own: TEST_DATABASE_URL=postgres://postgres@127.0.0.1:5432/postgres db backup verify …`;
    if (major !== manifest.server.major) {
      throw new DbError(
        'scratch_version',
        `The backup is of PostgreSQL ${manifest.server.major}, and ${which} is ${major}: no place to verify it.`,
        { exit: EXIT.decision, hint: other },
      );
    }
    const extensions = await missingExtensions(sql, manifest);
    if (extensions.length > 0) {
      throw new DbError('scratch_extensions', `The backup needs ${extensions.join(', ')}, which ${which} has not.`, {
        exit: EXIT.decision,
        hint: other,
      });
    }
    const roles = await missingRoles(sql, manifest.roles.policies);
    if (roles.length === 0) return;
    const create = roles.map((role) => `create role ${quoteIdentifier(role)} nologin`).join('; ');
    if (!shared) return void (await sql.unsafe(create));
    throw new DbError(
      'scratch_roles',
      `Policies in the backup name ${roles.join(', ')}, which ${which} does not know.`,
      {
        exit: EXIT.decision,
        hint: `Run there: ${create}`,
      },
    );
  });
}

async function compare(
  url: string,
  file: string,
  manifest: Manifest,
  { progress, signal }: VerifyOptions,
): Promise<Verified> {
  const hashed = manifest.fingerprint !== null;
  const onTable = (done: number) => progress.update(`${done} tables`);
  const content = await using(url, (sql) =>
    inSnapshot(sql, (tx, tables) => readContent(tx, tables, { hashed, onTable, signal })),
  );
  const differences = compareContent(manifest, content);
  if (differences.length > 0) {
    throw new DbError('backup_differs', `${file} restores to something else: ${differences.slice(0, 5).join('; ')}.`, {
      exit: EXIT.check,
      hint: 'Do not rely on it; take another one: pnpm db backup',
      details: { differences },
    });
  }
  const tables = Object.values(content.tables);
  return {
    tables: tables.length,
    rows: tables.reduce((sum, table) => sum + table.rows, 0),
    fingerprint: content.fingerprint,
  };
}

async function using<T>(url: string, use: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = await connect(url, { applicationName: 'db backup verify' });
  try {
    return await use(sql);
  } catch (error) {
    throw connectionError(error, parseDatabaseUrl(url));
  } finally {
    await sql.end({ timeout: 1 });
  }
}
