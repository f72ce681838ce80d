import type { Sql } from 'postgres';
import { connect, connectionError } from '../connection/connect.ts';
import type { Target } from '../connection/target.ts';
import { parseDatabaseUrl } from '../connection/url.ts';
import { DbError, EXIT } from '../errors.ts';
import { quoteIdentifier } from '../migrator/quote.ts';
import type { ClientTools } from './client-tools.ts';
import { compareContent, inSnapshot, readContent } from './fingerprint.ts';
import { type LoadOptions, loadDump } from './load-dump.ts';
import type { Dump } from './open-dump.ts';
import type { Progress } from './progress.ts';
import { restoreBeside } from './restore-beside.ts';
import type { RestoreTarget } from './restore-target.ts';

export interface RestoreOptions {
  dump: Dump;
  state: RestoreTarget;
  tools: ClientTools;
  /** Whether to take the grants over. */
  privileges: boolean;
  /** Tables and indexes at a time. */
  jobs: number;
  progress: Progress;
  signal?: AbortSignal;
}

/**
 * Puts what a backup holds in the place of the target, all or nothing, and returns the name under which a database that
 * held something is kept. A role that may create databases restores into a new one, which replaces the target once it
 * is compared; any other role restores into an empty target, in one transaction.
 */
export async function restoreBackup(target: Target, options: RestoreOptions): Promise<string | undefined> {
  const { state, progress, signal } = options;
  refuseUnfit(target, options);
  try {
    if (!state.maySwap) return void (await restoreInto(target.url, { ...options, singleTransaction: true }));
    return await restoreBeside(target, {
      owner: state.owner,
      fill: (url) => restoreInto(url, { ...options, singleTransaction: false }),
      onStep: (text) => progress.step(text),
      signal,
    });
  } finally {
    progress.end();
  }
}

/** What would fail half-way is told before anything is done. */
function refuseUnfit({ name, connection }: Target, { state, dump, jobs }: RestoreOptions): void {
  const { extensions, policyRoles } = state.missing;
  if (extensions.length > 0) {
    throw new DbError('extensions_missing', `${dump.file} needs ${extensions.join(', ')}, which the server has not.`, {
      hint: 'Install the packages of these extensions on the server',
    });
  }
  if (policyRoles.length > 0) {
    throw new DbError(
      'roles_missing',
      `Policies in ${dump.file} name ${policyRoles.join(', ')}, which the server does not know.`,
      {
        hint: `Create them first: ${policyRoles.map((role) => `CREATE ROLE ${quoteIdentifier(role)} NOLOGIN`).join('; ')}`,
      },
    );
  }
  const oneAtATime =
    dump.format === 'custom' ? !state.maySwap && 'a restore into an empty database' : 'a plain SQL dump';
  if (jobs > 1 && oneAtATime) {
    throw new DbError('one_job', `--jobs ${jobs} does not go with ${oneAtATime}, which is one transaction.`, {
      hint: 'Leave out --jobs',
    });
  }
  if (state.maySwap || (state.exists && !state.holdsSomething)) return;
  const can = state.exists ? `may neither create databases nor replace ${name}` : `may not create ${name}`;
  throw new DbError(
    'may_not_replace',
    `User ${state.user} ${can}, and a restore goes into a new or an empty database.`,
    {
      hint: `As a superuser: ALTER ROLE ${quoteIdentifier(state.user)} CREATEDB; ALTER DATABASE ${quoteIdentifier(connection.database)} OWNER TO ${quoteIdentifier(state.user)} — or name an empty database: --url`,
    },
  );
}

async function restoreInto(
  url: string,
  options: RestoreOptions & Pick<LoadOptions, 'singleTransaction'>,
): Promise<void> {
  const { dump, tools, state, privileges, singleTransaction, jobs, progress, signal } = options;
  progress.step('restoring');
  const how = { owner: state.owner, privileges, tablespaces: true, singleTransaction, jobs };
  await loadDump({ ...dump, tools, url, ...how, progress, signal });
  await using(url, async (sql) => {
    if (dump.manifest) {
      progress.step('comparing');
      await compare(sql, dump as Required<Dump>, options);
    }
    // Otherwise the first queries would be planned without knowing anything of their tables.
    progress.step('analysing');
    await sql.unsafe('analyze');
  });
}

async function compare(
  sql: Sql,
  { file, manifest }: Required<Dump>,
  { state, progress, signal }: RestoreOptions,
): Promise<void> {
  const hashed = manifest.fingerprint !== null;
  const onTable = (done: number) => progress.update(`${done} tables`);
  const content = await inSnapshot(sql, (tx, tables) => readContent(tx, tables, { hashed, onTable, signal }));
  // Another major version may keep the same schema in other words.
  const schema = state.server.major === manifest.server.major ? content.schema : manifest.schema;
  const differences = compareContent(manifest, { ...content, schema });
  if (differences.length === 0) return;
  throw new DbError('backup_differs', `${file} restores to something else: ${differences.slice(0, 5).join('; ')}.`, {
    exit: EXIT.check,
    hint: 'Restore an older backup: ls -t .local/backups',
    details: { differences },
  });
}

async function using<T>(url: string, use: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = await connect(url, { applicationName: 'db restore' });
  try {
    return await use(sql);
  } catch (error) {
    throw connectionError(error, parseDatabaseUrl(url));
  } finally {
    await sql.end({ timeout: 1 });
  }
}
