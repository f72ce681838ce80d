import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type ConnectionTarget, parseDatabaseUrl, redactUrl } from '../connection/url.ts';
import { DbError, EXIT } from '../errors.ts';
import type { ClientTools } from './client-tools.ts';

export interface ToolRun {
  tools: ClientTools;
  program: 'pg_dump' | 'pg_restore' | 'psql';
  args: string[];
  /** The database to connect to; without one the program gets no connection settings. */
  url?: string;
  /** Each line on stderr that is no error: with --verbose, what it is at. */
  onLine?: (line: string) => void;
  signal?: AbortSignal;
}

/**
 * Runs one of PostgreSQL's programs and returns its stdout. The connection is in its environment, never in its
 * arguments, which every user of the machine can read. Throws a DbError with what the program said.
 */
export async function runTool(run: ToolRun): Promise<string> {
  run.signal?.throwIfAborted();
  const child = spawn(join(run.tools.folder, run.program), run.args, {
    env: toolEnvironment(run),
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: run.signal,
  });
  const complaints: string[] = [];
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (part) => {
    stdout += part;
  });
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (/(error|detail|hint|FATAL|ERROR|DETAIL):/.test(line)) complaints.push(line);
    else run.onLine?.(line);
  });
  const end = await new Promise<number | string | Error>((settle) => {
    child.on('error', settle);
    child.on('close', (code, signal) => settle(signal ?? code ?? 1));
  });
  run.signal?.throwIfAborted();
  if (end !== 0) throw toolFailed(run.program, complaints, end);
  return stdout;
}

/** Nothing of PG* but ours, since those of the caller could lead to another database. */
function toolEnvironment({ url, tools, program }: ToolRun): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('PG'));
  return {
    ...Object.fromEntries(inherited),
    // Messages are read by this program.
    LC_ALL: 'C',
    ...(url ? connectionVariables(parseDatabaseUrl(url), tools, program) : {}),
  };
}

/** Not PGPASSFILE: a file would stay behind when this process is killed; an environment is as private and does not. */
function connectionVariables(target: ConnectionTarget, tools: ClientTools, program: string): NodeJS.ProcessEnv {
  const { sslmode, sslrootcert, options, connect_timeout } = target.params;
  // As in tls.ts: a root certificate given means that it is checked, none of the two no TLS.
  const mode = sslmode ?? (sslrootcert ? 'verify-full' : 'disable');
  const root = sslrootcert ?? (mode === 'verify-full' && tools.major >= 16 ? 'system' : undefined);
  return {
    PGHOST: target.host,
    PGPORT: String(target.port),
    PGUSER: target.user,
    PGDATABASE: target.database,
    PGAPPNAME: `db ${program}`,
    PGSSLMODE: mode,
    PGCONNECT_TIMEOUT: connect_timeout ?? '30',
    ...(target.password ? { PGPASSWORD: target.password } : { PGPASSFILE: '/dev/null' }),
    ...(root ? { PGSSLROOTCERT: root } : {}),
    ...(options ? { PGOPTIONS: options } : {}),
  };
}

/** A conninfo string for --dbname: a bare name that looks like one would be read as one. */
export function databaseArgument(url: string): string {
  return `dbname='${parseDatabaseUrl(url).database.replace(/[\\']/g, '\\$&')}'`;
}

const DAMAGED =
  /could not (read from input|uncompress|find block|find header)|unexpected (end|block|data)|input file|corrupt|magic string|unrecognized data block/;

function toolFailed(program: string, complaints: string[], end: number | string | Error): DbError {
  const text = redactUrl(complaints.slice(0, 3).join(' ').replaceAll(/\s+/g, ' ').trim());
  const how = end instanceof Error ? end.message : typeof end === 'string' ? `ended by ${end}` : `exit ${end}`;
  const said = text ? `: ${text.replace(/\.$/, '')}.` : ` (${how}).`;
  if (/No space left on device|Disk quota exceeded/.test(text)) {
    return new DbError('disk_full', `There is no room left for what ${program} writes${said}`, {
      hint: 'Make room, or name a file on another disk',
    });
  }
  if (/lock timeout|could not obtain lock/.test(text)) {
    return new DbError('tables_locked', `${program} did not get its locks in time${said}`, {
      exit: EXIT.locked,
      hint: 'A migration is changing a table; try again when it is done',
    });
  }
  if (/permission denied|must be (owner|member|superuser)/.test(text)) {
    return new DbError('permission_denied', `${program} may not do all that it has to${said}`, {
      hint:
        program === 'pg_dump'
          ? 'Connect as the owner of the tables (DATABASE_URL_DIRECT)'
          : 'Connect as the owner of the database, or leave grants out: --no-privileges',
    });
  }
  if (/unsupported version/.test(text)) {
    return new DbError('client_tools_too_old', `The dump was made by a newer pg_dump than this ${program}${said}`, {
      hint: 'Name the folder of a newer one: --pg-bin /usr/lib/postgresql/18/bin',
    });
  }
  if (program === 'pg_restore' && DAMAGED.test(text)) {
    return new DbError('dump_damaged', `The dump is damaged or cut off${said}`, {
      hint: 'Take another one: ls -t .local/backups',
    });
  }
  return new DbError(`${program}_failed`, `${program} failed${said}`);
}
