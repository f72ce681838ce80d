import type { ClientTools } from './client-tools.ts';
import type { Manifest } from './manifest.ts';
import type { Progress } from './progress.ts';
import { databaseArgument, runTool } from './run-tool.ts';

export interface LoadOptions {
  tools: ClientTools;
  file: string;
  format: Manifest['format'];
  url: string;
  /** Whom everything shall belong to; the user of the URL unless given. */
  owner?: string;
  /** Whether to take the grants over; the roles that they name must exist. */
  privileges: boolean;
  /** Whether tables go where they were, or all to the default. */
  tablespaces: boolean;
  /** All or nothing. A new database needs it not, and has more tables than one transaction may lock. */
  singleTransaction: boolean;
  /**
   * Tables and indexes at a time, each on a connection of its own; only of a custom dump, and in no single transaction.
   */
  jobs: number;
  progress: Progress;
  signal?: AbortSignal;
}

/** Reads a dump into a database and stops at the first error. Who owned what is not taken over. */
export async function loadDump(options: LoadOptions): Promise<void> {
  const { tools, format, url, progress, signal } = options;
  let tables = 0;
  await runTool({
    tools,
    program: format === 'custom' ? 'pg_restore' : 'psql',
    args: format === 'custom' ? restoreArguments(options) : psqlArguments(options),
    url,
    onLine: (line) => {
      if (line.includes('processing data for table')) progress.update(`${++tables} tables`);
    },
    signal,
  });
}

function restoreArguments(options: LoadOptions): string[] {
  const { url, file, owner, privileges, tablespaces, singleTransaction, jobs } = options;
  return [
    '--exit-on-error',
    '--verbose',
    '--no-password',
    '--no-owner',
    `--dbname=${databaseArgument(url)}`,
    ...(owner === undefined ? [] : [`--role=${owner}`]),
    ...(privileges ? [] : ['--no-privileges']),
    ...(tablespaces ? [] : ['--no-tablespaces']),
    ...(singleTransaction ? ['--single-transaction'] : []),
    ...(jobs > 1 ? [`--jobs=${jobs}`] : []),
    file,
  ];
}

/** What a plain dump does about grants and tablespaces was decided when it was made. */
function psqlArguments({ url, file, owner, singleTransaction }: LoadOptions): string[] {
  return [
    '--no-psqlrc',
    '--quiet',
    '--no-password',
    '--set=ON_ERROR_STOP=1',
    `--dbname=${databaseArgument(url)}`,
    ...(singleTransaction ? ['--single-transaction'] : []),
    ...(owner === undefined ? [] : [`--command=set role "${owner.replaceAll('"', '""')}"`]),
    `--file=${file}`,
  ];
}

/** The table of contents of a custom dump; fails where its beginning is damaged. */
export function listDump(tools: ClientTools, file: string, signal?: AbortSignal): Promise<string> {
  return runTool({ tools, program: 'pg_restore', args: ['--list', file], signal });
}
